import { envNames } from "../agent/env-reference.ts";
import { Secrets } from "../agent/secrets.ts";
import { sha256 } from "../idempotency/digest.ts";
import type { ResolvedTask } from "../task/task.ts";
import { taskJson } from "../task/task-json.ts";
import { createRun, type NewRun } from "./create.ts";
import type { FunctionTask } from "./define-task.ts";
import { functionJson } from "./function-record.ts";
import { jsonCopy } from "./json-copy.ts";
import { manifestNow } from "./manifests.ts";
import type { RunOptions, SnapshotOption } from "./options.ts";
import type { RunOutcome } from "./outcome.ts";
import { policyOf } from "./policy.ts";
import { refuseSecret } from "./secret-inputs.ts";
import { type Session, work } from "./session.ts";
import { ensureStore, findPlace } from "./store.ts";
import { asRunledgerError } from "./system-error.ts";
import { loadFileTask, loadFunctionTask } from "./task-of-run.ts";
import { removeUnbornRuns } from "./unborn.ts";
import { whichRun } from "./which-run.ts";
import { systemWorld, type World } from "./world.ts";

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
  options: RunOptions = {},
): Promise<RunOutcome<Output>> {
  try {
    return (await start(task as FunctionTask | ResolvedTask, options)) as RunOutcome<Output>;
  } catch (error) {
    throw asRunledgerError(error, "the run cannot go on", "WRITE_FAILED");
  }
}

async function start(task: FunctionTask | ResolvedTask, options: RunOptions): Promise<RunOutcome> {
  const world = options.world ?? systemWorld;
  const policy = policyOf(options);
  const place = findPlace(world, options);
  const definition = definitionOf(world, task, options);
  ensureStore(world, place);
  const which = await whichRun(world, place, definition, options);
  const session = { world, place, taskId: definition.taskId, policy, options, load: loaderOf(task, options) };
  if (which.kind === "resume") {
    const { runId, lock } = which;
    return work({ ...session, runId, lock, isNew: false, onDrift: "fail" });
  }
  try {
    removeUnbornRuns(world, place);
    const manifest = await manifestNow(world, place, definition.globs, true);
    const created = await createRun(world, place, { ...definition, manifest }, options.onEntry);
    which.startLock.release();
    return await work({ ...session, ...created, isNew: true, onDrift: "ignore" });
  } finally {
    which.startLock.release();
  }
}

type Definition = Omit<NewRun, "manifest"> & { readonly globs: SnapshotOption | undefined };

/** What the run is of; refuses inputs that hold a secret before anything is created. */
function definitionOf(world: World, task: FunctionTask | ResolvedTask, options: RunOptions): Definition {
  if ("kind" in task) {
    const input = options.input === undefined ? undefined : jsonCopy(options.input);
    refuseSecret(new Secrets(world.host.environment), task.name, input ?? null);
    const json = functionJson(task, input);
    return { taskId: task.name, taskJson: json, taskDigest: sha256(json), input, globs: options.snapshot };
  }
  const secrets = new Secrets(world.host.environment, envNames([task.agents, task.steps]));
  refuseSecret(secrets, task.id, task);
  const json = taskJson(task);
  const globs = { include: [...(task.snapshot?.include ?? [])], exclude: [...(task.snapshot?.exclude ?? [])] };
  const snapshot = options.snapshot ?? globs;
  return { taskId: task.id, taskJson: json, taskDigest: sha256(json), input: undefined, globs: snapshot };
}

function loaderOf(task: FunctionTask | ResolvedTask, options: RunOptions): Session["load"] {
  if ("kind" in task) return (open) => loadFunctionTask(open, task);
  return (open) => loadFileTask(open, options.concurrency);
}
