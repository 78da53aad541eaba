import { type Next, nextOf } from "../../runstate/plan.ts";
import type { CommandState } from "../../runstate/state.ts";
import type { ResolvedStep } from "../../task/task.ts";
import type { StepContext } from "../command/step-context.ts";

/** What is to become of a step, or of an item of it, by what the ledger says of its `command`. */
export function nextOfStep(
  { run, policy }: StepContext,
  step: ResolvedStep,
  command: CommandState | undefined,
): Next["kind"] {
  return nextOf(command, {
    maxAttempts: step.retry.max_attempts,
    retryFailed: policy.retryFailed,
    isChosen: command !== undefined && policy.inDoubt.has(command.step),
    sessionSeq: run.state.sessionSeq,
  }).kind;
}

/** Whether something is to be sent for it. */
export function isToBeSent(next: Next["kind"]): boolean {
  return next === "send" || next === "doubt";
}
