import type { FunctionTask } from "../run/function/define-task.ts";
import { locateRun } from "../run/place/find-run.ts";
import { uncheckedTask } from "../run/read/named-steps.ts";
import { resume as resumeRun } from "../run/resume.ts";
import type { ResumeOptions } from "../run/session/options.ts";
import type { RunOutcome } from "../run/session/outcome.ts";
import { recordedFlow } from "./flow-task.ts";

/**
 * Resumes a run: of a task file (with steps or a flow) by its id alone, of a function together with the function. What
 * finished is handed back from the ledger, what was in flight is in doubt (its `effect` decides), what failed stays so
 * unless `retryFailed`. A completed run is left alone.
 *
 * Rejects with `RUN_NOT_FOUND`, `RUN_OWNED`, `RUN_ABORTED`, `LEDGER_DAMAGED`, `DRIFT`, `TASK_MISMATCH` and the like;
 * nothing has been done then.
 */
export function resume(options: ResumeOptions): Promise<RunOutcome>;
export function resume<Input, Output>(
  task: FunctionTask<Input, Output>,
  options: ResumeOptions,
): Promise<RunOutcome<Output>>;
export async function resume(first: FunctionTask | ResumeOptions, second?: ResumeOptions): Promise<RunOutcome> {
  const flow = flowOf(first);
  if (flow !== undefined) return (await resumeRun(flow, first as ResumeOptions)) as RunOutcome;
  return resumeRun(first as FunctionTask, second as ResumeOptions);
}

/**
 * Undefined for a function, and also if no run is named, it is not there or its task cannot be read: who resumes it
 * says why.
 */
function flowOf(given: FunctionTask | ResumeOptions) {
  try {
    const { world, run } = locateRun(given as ResumeOptions);
    return recordedFlow(uncheckedTask(world, run) ?? {});
  } catch {
    return undefined;
  }
}
