import path from "node:path";
import { RunledgerError } from "../../errors.ts";
import type { EventRecord } from "../../ledger/entry.ts";
import { readEntries } from "../../ledger/read.ts";
import { type RecoveryFile, readRecoveryFile } from "../../ledger/recovery-file.ts";
import { randomHex } from "../../ports.ts";
import { keyOfEvent } from "../../runstate/state.ts";
import type { Notify } from "../command/notice.ts";
import type { OpenRun } from "../command/open-run.ts";
import { recoveryPlaces } from "../command/unrecorded.ts";

/**
 * Appends what an earlier process could not record, if it belongs to this ledger, and removes the file. Before: the
 * events are in the recovery file alone. Between: in both, recognised by their message_id; what comes behind the terminal
 * event of a command is then dropped, as it tells nothing any more. After: in the ledger.
 *
 * `LEDGER_DAMAGED`, with nothing appended, if the file speaks of another history. A damaged file is moved aside.
 */
export async function recordKept(run: OpenRun, onNotice: Notify): Promise<void> {
  for (const { file } of recoveryPlaces(run.world, run.layout, run.state.runId)) {
    const kept = readOrMoveAside(run, file, onNotice);
    if (kept === undefined) continue;
    const events = unrecorded(run, file, kept);
    await Promise.all(events.map((event) => run.append(event)));
    run.receipts.settle();
    run.world.disk.unlink(file);
    run.world.disk.syncDirectory(path.dirname(file));
    onNotice?.({
      code: "EVENTS_RECORDED",
      message: `${events.length} of ${kept.records.length} events that could not be recorded before are recorded now (${file})`,
    });
  }
}

function readOrMoveAside({ world }: OpenRun, file: string, onNotice: Notify): RecoveryFile | undefined {
  try {
    return readRecoveryFile(world.disk, file);
  } catch (error) {
    if (!(error instanceof RunledgerError) || error.code !== "RECORD_DAMAGED") throw error;
    const aside = `${file}.corrupt-${randomHex(world.randomness, 4)}`;
    world.disk.rename(file, aside);
    world.disk.syncDirectory(path.dirname(file));
    onNotice?.({ code: "RECORD_DAMAGED", message: `${error.message}; it was moved aside: ${aside}` });
    return undefined;
  }
}

/** The events of `kept` that are not in the ledger, and whose command has not ended. */
function unrecorded({ world, layout, state }: OpenRun, file: string, kept: RecoveryFile): EventRecord[] {
  const { after, run_id } = kept.header;
  const missing = new Map(kept.records.map((record) => [record.message_id, record]));
  let hash = after.seq === 0 ? after.hash : undefined;
  for (const entry of readEntries(world.disk, layout)) {
    if (entry.seq === after.seq) hash = entry.hash;
    if (entry.kind === "event") missing.delete(entry.message_id);
  }
  if (run_id !== state.runId || hash !== after.hash) throw otherHistory(file, after.seq, after.hash, hash);
  return [...missing.values()].filter((event) => isAwaited(state, event));
}

/** True if the command of `event` is in the ledger without an end, or comes with the event. */
function isAwaited({ commands, keyOfCorrelation }: OpenRun["state"], event: EventRecord): boolean {
  const key = keyOfEvent({ keyOfCorrelation }, event);
  if (key === undefined) return false;
  const command = commands.get(key);
  return command === undefined ? event.command !== undefined : command.ended === undefined;
}

function otherHistory(file: string, seq: number, expected: string, found: string | undefined): RunledgerError {
  const is = found === undefined ? "is not there" : `has hash ${found}`;
  return new RunledgerError("LEDGER_DAMAGED", `${file} follows entry ${seq} with hash ${expected}, which ${is}`, {
    hint: "Nothing was changed. Restore the ledger that it belongs to, or move it aside to go on without what it holds.",
    details: { file, seq, expected, found },
  });
}
