import { inspectEntries } from "../ledger/read.ts";
import { type RecoveryFile, readRecoveryFile } from "../ledger/recovery-file.ts";
import { recoveryPlaces } from "../run/command/unrecorded.ts";
import type { ExaminedRun } from "./examined-run.ts";
import { type Finding, finding, looking } from "./finding.ts";

/** Events that a failing disk did not take, kept beside the ledger or in the user's state directory. */
export function keptEventFindings(examined: ExaminedRun): Finding[] {
  const { world, run, runId } = examined;
  const places = recoveryPlaces(world, run, runId);
  return places.flatMap(({ file }) => {
    const found = looking({ runId, file }, () => findingsOf(examined, file));
    return found.map((each) => (each.code === "RECORD_DAMAGED" ? damaged(each) : each));
  });
}

function findingsOf(examined: ExaminedRun, file: string): Finding[] {
  const { world, runId } = examined;
  const kept = readRecoveryFile(world.disk, file);
  if (kept === undefined) return [];
  const { records, header } = kept;
  if (!isOfThisLedger(examined, kept)) {
    const message = `it follows entry ${header.after.seq} with hash ${header.after.hash}, which the ledger does not have`;
    return [finding("EVENTS_FOREIGN", { runId, file, message })];
  }
  const message = `events that could not be recorded when the disk failed (${header.error.code}): ${records.length}`;
  return [finding("EVENTS_KEPT", { runId, file, message })];
}

/** The rule of the opening that records them. */
function isOfThisLedger({ world, run, runId }: ExaminedRun, { header }: RecoveryFile): boolean {
  const { after, run_id: of } = header;
  if (of !== runId) return false;
  if (after.seq === 0) return true;
  for (const { seq, hash } of inspectEntries(world.disk, run)) if (seq === after.seq) return hash === after.hash;
  return false;
}

function damaged({ run_id: runId, file, message }: Finding): Finding {
  return finding("EVENTS_DAMAGED", { runId, file, message });
}
