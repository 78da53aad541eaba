import type { Head } from "../ledger/entry.ts";
import type { ExaminedRun } from "./examined-run.ts";
import { type Finding, finding } from "./finding.ts";

/**
 * Compares `run.json` with the ledger that it was made of. One that knows more than the ledger is the trace of a loss: it
 * is only ever made of what is durable. While a run is worked on it is a second old or more, so one that knows less counts only
 * where the run has ended or paused.
 */
export function runStateFindings({ world, run, runId, alive, examination }: ExaminedRun): Finding[] {
  const { head, state, findings } = examination;
  const isKnownBad = findings.notes.some(({ file }) => file === run.runState);
  if (alive || head === undefined || state === undefined || isKnownBad) return [];
  const about = { runId, file: run.runState };
  const isBehindByNature = state.status === "running";
  if (world.disk.stat(run.runState) === undefined) {
    if (isBehindByNature) return [];
    return [finding("RUN_STATE_BEHIND", { ...about, message: "run.json was not written yet" })];
  }
  const copied = copiedHead(Buffer.from(world.disk.readFile(run.runState)).toString());
  if (copied.hash === head.hash || (isBehindByNature && copied.seq < head.seq)) return [];
  if (copied.seq < head.seq) {
    const message = `it was made of entry ${copied.seq}, the last one is ${head.seq}`;
    return [finding("RUN_STATE_BEHIND", { ...about, message })];
  }
  const message = `it was made of entry ${copied.seq}, ${copied.hash}; the ledger ends with entry ${head.seq}, ${head.hash}`;
  return [finding("HEAD_MISMATCH", { ...about, message })];
}

/** The document has been checked against its schema. */
function copiedHead(text: string): Head {
  return (JSON.parse(text) as { head: Head }).head;
}
