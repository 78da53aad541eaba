import { Retries } from "../durable/retries.ts";
import type { FunctionTask } from "./function/define-task.ts";
import { taskIdOf } from "./place/find-run.ts";
import { refuseFullDisk } from "./place/free-space.ts";
import { refuseNoRunId, refusePromise } from "./place/given-text.ts";
import { ownRun } from "./place/owner.ts";
import { ensureStore, findPlace } from "./place/store.ts";
import { asRunledgerError } from "./place/system-error.ts";
import { systemWorld } from "./place/world.ts";
import { checkOptions } from "./session/check-options.ts";
import { loadDrivenTask } from "./session/driven-task.ts";
import { retryRules } from "./session/flush-retries.ts";
import type { ResumeOptions } from "./session/options.ts";
import type { RunOutcome } from "./session/outcome.ts";
import { policyOf } from "./session/policy.ts";
import { work } from "./session/session.ts";

/**
 * Resumes a run: of a task file by its id alone, of a function together with the function. What finished is handed back
 * from the ledger, what was in flight is in doubt (its `effect` decides), what failed stays so unless `retryFailed`.
 * A completed run is left alone.
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
  const [task, options] = resumeArguments(first, second);
  try {
    return await resumeRun(task, options);
  } catch (error) {
    throw asRunledgerError(error, `${options.runId} cannot be resumed`, "WRITE_FAILED");
  }
}

/** What was given to `resume`, told apart. `USAGE` if that names no run. */
function resumeArguments(
  first: FunctionTask | ResumeOptions,
  second: ResumeOptions | undefined,
): [FunctionTask | undefined, ResumeOptions] {
  refusePromise("the first argument", first, "resume({ runId }), or of a function resume(task, { runId })");
  const task = isTask(first) ? first : undefined;
  const options = isTask(first) ? (second as ResumeOptions) : first;
  refuseNoRunId(options);
  return [task, options];
}

function isTask(first: FunctionTask | ResumeOptions): first is FunctionTask {
  return typeof first === "object" && first !== null && "kind" in first;
}

async function resumeRun(task: FunctionTask | undefined, options: ResumeOptions): Promise<RunOutcome> {
  checkOptions(options);
  const world = options.world ?? systemWorld;
  const policy = await policyOf(options);
  const rules = retryRules(world, options);
  const place = findPlace(world, options);
  const { runId } = options;
  const retries = new Retries(rules);
  const taskId = await retries.until(() => taskIdOf(world, place, runId));
  ensureStore(world, place);
  refuseFullDisk(world, place);
  const lock = await retries.until(() => ownRun(world, place, runId));
  return work({
    world,
    place,
    runId,
    taskId,
    lock,
    isNew: false,
    load: (open) => loadDrivenTask(open, task, options),
    policy,
    retryRules: rules,
    onDrift: options.onDrift ?? "fail",
    options,
  });
}
