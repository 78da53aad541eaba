import { isStepDone } from "../../runstate/batch.ts";
import { nextOf } from "../../runstate/plan.ts";
import { type BatchState, commandOfStep, type RunState } from "../../runstate/state.ts";
import { standingOf } from "../../task/graph.ts";
import { itemOfRef } from "../../task/items.ts";
import type { ResolvedStep, ResolvedTask } from "../../task/task.ts";
import type { Policy, StepEnd } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";

/** What became of a step, or of an item that is to be named, in this process. `left`: items that were not asked for. */
export type EndKind = StepEnd["kind"] | "left";

/**
 * Steps that have succeeded, and steps that will not: failed ones count once this process has looked at them (it may
 * retry them), skipped ones always.
 */
export function settledSteps(task: ResolvedTask, state: RunState, ends: ReadonlyMap<string, EndKind>) {
  const done = new Set<string>();
  const failed = new Set<string>();
  for (const { id } of task.steps) {
    if (isStepDone(state, id)) done.add(id);
    else if (ends.get(id) === "failed" || ends.get(id) === "skipped") failed.add(id);
  }
  return { done, failed };
}

/**
 * True if the run has failed, and every step has succeeded, failed for good, been skipped, or is blocked by such a one.
 * A crash between the last failure and the final entry leaves something to do: that entry.
 */
export function isSettled(task: ResolvedTask, { run, policy }: StepContext): boolean {
  if (run.state.status !== "failed") return false;
  const ends = new Map<string, EndKind>();
  for (const step of task.steps) {
    const batch = run.state.batches.get(step.id);
    const kind = batch === undefined ? stepEnd(step, run.state, policy) : batchEnd(step, batch, policy);
    if (kind === "failed" || kind === "skipped") ends.set(step.id, kind);
  }
  const { done, failed } = settledSteps(task, run.state, ends);
  return done.size + failed.size + standingOf(task.steps, done, failed).blocked.size === task.steps.length;
}

function stepEnd({ id, retry }: ResolvedStep, state: RunState, policy: Policy): string {
  const isChosen = policy.inDoubt.has(id);
  const terms = { maxAttempts: retry.max_attempts, retryFailed: policy.retryFailed, isChosen };
  // What ended in the last process is of an earlier one for this one.
  return nextOf(commandOfStep(state, id), { ...terms, sessionSeq: state.head.seq + 1 }).kind;
}

/** What would become of a batch, in a run that has failed: nothing of it is in flight. */
function batchEnd(step: ResolvedStep, batch: BatchState, policy: Policy): EndKind | "send" {
  const { error, failed, skipped, completed, total } = batch;
  if (error !== undefined) return policy.retryFailed ? "send" : "failed";
  const isChosen = [...policy.inDoubt.keys()].some((ref) => itemOfRef(ref)?.step === step.id);
  if (isChosen || (policy.retryFailed && failed.size > 0)) return "send";
  const isStopped = failed.size >= (step.max_failures ?? Number.POSITIVE_INFINITY);
  if (!isStopped && completed + failed.size + skipped.size < total) return "send";
  return failed.size > 0 ? "failed" : "skipped";
}
