import { isFunctionRecord } from "../run/function/function-record.ts";
import { uncheckedTask } from "../run/read/named-steps.ts";
import type { ExaminedRun } from "./examined-run.ts";
import { type Finding, finding } from "./finding.ts";

/** Whether a process works on the run, or one did and is gone. */
export function ownerFindings(examined: ExaminedRun): Finding[] {
  const { runId, run, owner, alive, examination } = examined;
  const who = owner === undefined ? "its process" : `process ${owner.pid} on ${owner.host}, since ${owner.started_at},`;
  if (alive) {
    const message = `${who} works on it; what it is about to write was not looked at`;
    return [finding("RUN_OWNED", { runId, file: run.lock, message })];
  }
  if (examination.state?.status !== "running") return [];
  const advice = isFunction(examined)
    ? "Resume it from the program that defines the function: resume(task, { runId })"
    : `runledger resume --run ${runId}`;
  return [finding("RUN_INTERRUPTED", { runId, file: run.lock, message: `${who} is gone; nobody works on it`, advice })];
}

function isFunction({ world, run }: ExaminedRun): boolean {
  return isFunctionRecord(uncheckedTask(world, run) ?? {});
}
