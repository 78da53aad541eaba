import { envNames } from "../agent/env-reference.ts";
import { internalize } from "../objects/externalize.ts";
import { loadManifest } from "../snapshot/manifest-store.ts";
import { type ResolvedTask, unwrittenEffects } from "../task/task.ts";
import type { ReadableRun } from "./command/readable-run.ts";
import type { FunctionTask } from "./function/define-task.ts";
import { type FunctionRecord, isFunctionRecord } from "./function/function-record.ts";
import { type FoundRun, findRun } from "./place/find-run.ts";
import type { RunMatch } from "./place/look-up.ts";
import { seenOwner } from "./place/seen-owner.ts";
import { findPlace } from "./place/store.ts";
import { asRunledgerError } from "./place/system-error.ts";
import { systemWorld, type World } from "./place/world.ts";
import { calledSteps, firstSteps, type PlannedStep, plannedSteps } from "./plan-steps.ts";
import { checkedFold, notesOf } from "./read/fold.ts";
import { objectsOf } from "./read/recorded-values.ts";
import { driftNow } from "./session/check-drift.ts";
import { boundTask, definitionOf } from "./session/definition.ts";
import type { Drift } from "./session/drift.ts";
import { manifestNow } from "./session/manifest-now.ts";
import type { ResumeOptions, RunOptions } from "./session/options.ts";
import { refuseAborted } from "./session/outcome.ts";
import { policyOf } from "./session/policy.ts";
import { recordedTask } from "./session/recorded-task.ts";
import { refusal, unfinished } from "./session/which-run.ts";

/** What a run or a resume would do, as far as can be known before it does. */
export interface Plan {
  readonly task_id: string;
  /** The run that would be resumed; absent if a new one would be created. */
  readonly run_id?: string;
  /** Why a start means that run; absent for a resume. */
  readonly match?: RunMatch["why"];
  readonly snapshot_id: string;
  /** How many files the snapshot has. */
  readonly files: number;
  /** In the order of the task; of a function, those that were called before. */
  readonly steps: readonly PlannedStep[];
  /** How the workspace differs from what the run left. */
  readonly drift: readonly Drift[];
  /** The steps of a task file whose effect nobody has written. */
  readonly unwritten_effects: readonly string[];
  /** What would stand in the way, and what cannot be known. */
  readonly notes: readonly string[];
}

/**
 * What `run` would do with `task`. Writes nothing and asks nobody: where `run` would have to ask, this rejects as `run`
 * does with nobody to ask (`SEVERAL_MATCHES`, `RUN_FAILED`, `RUN_OLD`, `TASK_EDITED`). Other refusals as `run`.
 */
export async function planRun(
  task: FunctionTask<never> | FunctionTask | ResolvedTask,
  options: RunOptions = {},
): Promise<Plan> {
  try {
    return await planStart(task as FunctionTask | ResolvedTask, options);
  } catch (error) {
    throw asRunledgerError(error, "the run cannot be planned", "READ_FAILED");
  }
}

/** What `resume` would do. Writes nothing. Rejects as `resume`, except for drift and owners, which it reports. */
export async function planResume(options: ResumeOptions): Promise<Plan> {
  const found = findRun(options);
  try {
    return await planGoingOn(found, options);
  } catch (error) {
    throw asRunledgerError(error, `${found.runId} cannot be planned`, "READ_FAILED");
  }
}

async function planStart(given: FunctionTask | ResolvedTask, options: RunOptions): Promise<Plan> {
  const world = options.world ?? systemWorld;
  const task = boundTask(given, options);
  const place = findPlace(world, options);
  const definition = definitionOf(world, task, options);
  await policyOf(options);
  const matches = options.noResume === true ? [] : unfinished(world, place, definition);
  const [match] = matches;
  if (match !== undefined) {
    if (matches.length > 1 || match.why !== "unfinished") throw refusal(matches);
    const { runId, why } = match;
    return { ...(await planGoingOn(findRun({ ...options, runId }), { ...options, runId })), match: why };
  }
  const manifest = await manifestNow(world, place, definition.globs, "read-only");
  return {
    task_id: definition.taskId,
    snapshot_id: manifest.snapshot_id,
    files: manifest.files.length,
    steps: "kind" in task ? [] : firstSteps(task),
    drift: [],
    unwritten_effects: "kind" in task ? [] : unwrittenEffects(task),
    notes: taskNotes(world, task),
  };
}

async function planGoingOn(found: FoundRun, options: ResumeOptions): Promise<Plan> {
  const { world, place, run: layout, runId, taskId } = found;
  const policy = await policyOf(options);
  const { owner, exists } = seenOwner(world, layout);
  const fold = checkedFold(world, layout);
  const { state } = fold;
  refuseAborted(state);
  const objects = objectsOf(found);
  const run: ReadableRun = { world, layout, state, recorded: (value) => internalize(value, objects) };
  const task = recordedTask(run);
  const file = isFunctionRecord(task) ? undefined : task;
  const { workspace } = findPlace(world, { workspace: state.workspace });
  const isOwned = exists && state.status === "running";
  return {
    task_id: taskId,
    run_id: runId,
    snapshot_id: state.snapshotId,
    files: loadManifest(world.disk, place.layout, state.snapshotId).files.length,
    steps: file === undefined ? calledSteps(state, policy) : plannedSteps(file, state, policy),
    // A completed run is left alone, whatever became of its files.
    drift: state.status === "completed" ? [] : await driftNow(run, { ...place, workspace }, file),
    unwritten_effects: file === undefined ? [] : unwrittenEffects(file),
    notes: [
      ...(isOwned ? [`process ${owner?.pid} on ${owner?.host} works on it: a resume would be refused`] : []),
      ...notesOf(fold, isOwned),
      ...taskNotes(world, task),
    ],
  };
}

function taskNotes(world: World, task: FunctionTask | FunctionRecord | ResolvedTask): string[] {
  if ("kind" in task) return ["a function: which steps it calls is known only when it runs"];
  const missing = envNames([task.agents, task.steps]).filter((name) => world.host.environment[name] === undefined);
  if (missing.length === 0) return [];
  return [`the task needs environment variables that are not set: ${missing.join(", ")}`];
}
