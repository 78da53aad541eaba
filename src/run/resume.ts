import { RunledgerError } from "../errors.ts";
import { peekLedger } from "../ledger/peek.ts";
import { likelySpelling } from "../task/spelling.ts";
import type { FunctionTask } from "./define-task.ts";
import { runIds } from "./look-up.ts";
import type { ResumeOptions } from "./options.ts";
import type { RunOutcome } from "./outcome.ts";
import { ownRun } from "./owner.ts";
import { policyOf } from "./policy.ts";
import { work } from "./session.ts";
import { ensureStore, findPlace, type Place } from "./store.ts";
import { asRunledgerError } from "./system-error.ts";
import { loadFileTask, loadFunctionTask } from "./task-of-run.ts";
import { isUnborn } from "./unborn.ts";
import { systemWorld, type World } from "./world.ts";

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
  const [task, options] = "kind" in first ? [first, second] : [undefined, first];
  if (options === undefined) throw new RunledgerError("USAGE", "resume needs the id of a run: resume(task, { runId })");
  try {
    return await resumeRun(task, options);
  } catch (error) {
    throw asRunledgerError(error, `${options.runId} cannot be resumed`, "WRITE_FAILED");
  }
}

async function resumeRun(task: FunctionTask | undefined, options: ResumeOptions): Promise<RunOutcome> {
  const world = options.world ?? systemWorld;
  const policy = policyOf(options);
  const place = findPlace(world, options);
  const { runId } = options;
  const taskId = taskIdOf(world, place, runId);
  ensureStore(world, place);
  const lock = ownRun(world, place, runId);
  return work({
    world,
    place,
    runId,
    taskId,
    lock,
    isNew: false,
    load: (open) => (task === undefined ? loadFileTask(open, options.concurrency) : loadFunctionTask(open, task)),
    policy,
    onDrift: options.onDrift ?? "fail",
    options,
  });
}

/** The task id that entry 1 names. `RUN_NOT_FOUND` if there is no such run. */
export function taskIdOf(world: World, place: Place, runId: string): string {
  const { ledger, directory } = place.layout.run(runId);
  const peek = world.disk.stat(directory) === undefined ? undefined : peekLedger(world.disk, ledger);
  if (peek !== undefined) return String(peek.first.payload["task_id"]);
  if (world.disk.stat(directory) === undefined || isUnborn(world, place, runId)) throw notFound(world, place, runId);
  throw new RunledgerError("LEDGER_DAMAGED", `${ledger}: line 1, byte 0: entry 1 was acknowledged and cannot be read`, {
    hint: "Nothing was changed. Restore the run's folder from a backup.",
    details: { file: ledger, line: 1, byte: 0 },
  });
}

function notFound(world: World, place: Place, runId: string): RunledgerError {
  const known = runIds(world, place);
  const likely = likelySpelling(runId, known);
  return new RunledgerError("RUN_NOT_FOUND", `no run ${runId} in ${place.layout.store}`, {
    hint: likely === undefined ? "List the runs that are there: runledger status" : `Did you mean ${likely}?`,
    details: { run_id: runId, store: place.layout.store },
  });
}
