import { envNames } from "../agent/env-reference.ts";
import type { ResolvedTask } from "../task/task.ts";
import { refuseMissingVariables } from "./command/missing-variables.ts";
import type { OpenRun } from "./command/open-run.ts";
import type { FunctionTask } from "./function/define-task.ts";
import { refuseFullDisk } from "./place/free-space.ts";
import { ensureStore, findPlace } from "./place/store.ts";
import { asRunledgerError } from "./place/system-error.ts";
import { removeUnbornRuns } from "./place/unborn.ts";
import { systemWorld } from "./place/world.ts";
import { checkOptions } from "./session/check-options.ts";
import { createRun } from "./session/create.ts";
import { boundTask, definitionOf } from "./session/definition.ts";
import { loadDrivenTask } from "./session/driven-task.ts";
import { retryRules } from "./session/flush-retries.ts";
import { manifestNow } from "./session/manifest-now.ts";
import type { RunOptions } from "./session/options.ts";
import type { RunOutcome } from "./session/outcome.ts";
import { policyOf } from "./session/policy.ts";
import { work } from "./session/session.ts";
import { whichRun } from "./session/which-run.ts";

/**
 * Runs a task: a function made with {@link defineTask}, or a task file loaded with {@link loadTask}. If an unfinished
 * run of the same task, input and workspace exists, that one is resumed (unless `noResume`).
 *
 * Resolves when the run has completed, failed or paused: see {@link RunOutcome}. Rejects with a {@link RunledgerError}
 * if it was refused (`RUN_OWNED`, `RUN_FAILED`, `SEVERAL_MATCHES`, `SECRET_IN_INPUT`, …) or could not be recorded
 * (`WRITE_FAILED`, …).
 */
export async function run<Input, Output>(
  task: FunctionTask<Input, Output> | ResolvedTask,
  options: RunOptions<Input> = {},
): Promise<RunOutcome<Output>> {
  try {
    return (await start(task as FunctionTask | ResolvedTask, options)) as RunOutcome<Output>;
  } catch (error) {
    throw asRunledgerError(error, "the run cannot go on", "WRITE_FAILED");
  }
}

async function start(given: FunctionTask | ResolvedTask, options: RunOptions): Promise<RunOutcome> {
  checkOptions(options);
  const world = options.world ?? systemWorld;
  const task = boundTask(given, options);
  const rules = retryRules(world, options);
  const place = findPlace(world, options);
  const definition = definitionOf(world, task, options);
  // From here on the caller may do with its input what it likes: it has been copied.
  const policy = await policyOf(options);
  if (!("kind" in task)) refuseMissingVariables(world, envNames([task.agents, task.steps]));
  ensureStore(world, place);
  refuseFullDisk(world, place);
  const which = await whichRun(world, place, definition, options, policy.stop);
  const session = {
    world,
    place,
    taskId: definition.taskId,
    policy,
    retryRules: rules,
    options,
    load: (open: OpenRun) => loadDrivenTask(open, "kind" in task ? task : undefined, options),
  };
  if (which.kind === "resume") {
    const { runId, lock } = which;
    return work({ ...session, runId, lock, isNew: false, onDrift: "fail" });
  }
  try {
    removeUnbornRuns(world, place, (message) => options.onNotice?.({ code: "RUN_UNREADABLE", message }));
    const manifest = await manifestNow(world, place, definition.globs, true);
    const created = await createRun(world, place, { ...definition, manifest }, options.onEntry);
    which.startLock.release();
    return await work({ ...session, ...created, isNew: true, onDrift: "ignore" });
  } finally {
    which.startLock.release();
  }
}
