import path from "node:path";
import { sweepProcesses } from "../../agent/sweep.ts";
import { Retries, type RetryRules } from "../../durable/retries.ts";
import type { WriterLock } from "../../durable/writer-lock.ts";
import { RunledgerError } from "../../errors.ts";
import type { CutTail } from "../../ledger/open.ts";
import { readEntries } from "../../ledger/read.ts";
import { observed } from "../command/observe.ts";
import { OpenRun, recoveredEvent } from "../command/open-run.ts";
import type { Place } from "../place/store.ts";
import { sweepTemporaries, syncShared } from "../place/sweep-files.ts";
import type { World } from "../place/world.ts";
import type { DriveOptions } from "./options.ts";
import { recordKept } from "./record-kept.ts";

/** What is needed to open a run and to clear up behind its last process. */
export interface Life {
  readonly world: World;
  readonly place: Place;
  readonly runId: string;
  readonly taskId: string;
  /** The run's lock; released when the run is closed, however it ends. */
  readonly lock: WriterLock;
  readonly retryRules: RetryRules;
  readonly options: Pick<DriveOptions, "onEntry" | "onNotice">;
}

/** Opens the run; its lock is released if that fails, else when it is closed. */
export async function openRun({ world, place, runId, taskId, lock, retryRules, options }: Life): Promise<OpenRun> {
  const { onEntry } = options;
  const onNotice = observed(world.clock, options.onNotice);
  const parts = { world, layout: place.layout, runId, taskId, lock, retryRules, onEntry, onNotice };
  try {
    return await new Retries(retryRules).until(() => new OpenRun(parts));
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Says in the ledger what was cut from it (at once, whatever becomes of this resume, and also what a process cut that died
 * before it could say so), and records what the last process could not.
 */
export async function noteRecovery(run: OpenRun, { options }: Life): Promise<void> {
  for (const cut of unsaidCuts(run)) await run.append(recoveredEvent(run, cut));
  await recordKept(run, options.onNotice);
}

/** Copies of cut tails that no entry names. */
function unsaidCuts({ world, layout }: OpenRun): CutTail[] {
  const names = world.disk.list(layout.directory).map(({ name }) => name);
  const copies = new Set(names.filter((name) => name.startsWith(path.basename(layout.tornLedger("")))));
  if (copies.size === 0) return [];
  for (const entry of readEntries(world.disk, layout)) {
    if (entry.kind === "event" && entry.event === "ledger.recovered") copies.delete(String(entry.payload["file"]));
  }
  return [...copies].sort().map((name) => {
    const file = path.join(layout.directory, name);
    return { file, cutBytes: world.disk.stat(file)?.sizeBytes ?? 0 };
  });
}

/** Before anything is sent or probed: what the dead process started is ended, what it left half-written is removed. */
export async function clearUp(
  {
    world,
    place,
    runId,
    taskId,
    options,
  }: Omit<Life, "lock" | "taskId" | "retryRules"> & { taskId: string | undefined },
  token: string,
): Promise<void> {
  const swept = await sweepProcesses({ processes: world.processes, disk: world.disk, clock: world.clock, token });
  if (swept.supported && swept.endedPids.length > 0) {
    const message = `ended what was left of the run's processes: ${swept.endedPids.join(", ")}`;
    options.onNotice?.({ code: "PROCESSES_ENDED", message });
  }
  if (swept.supported && swept.leftPids.length > 0) {
    throw new RunledgerError(
      "PERMISSION",
      `left-over processes of ${runId} cannot be ended: ${swept.leftPids.join(", ")}`,
      {
        hint: "End them yourself, then resume the run.",
        details: { pids: swept.leftPids },
      },
    );
  }
  sweepTemporaries(world, place, runId, taskId);
  syncShared(world, place.layout);
}
