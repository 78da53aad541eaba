import { decisionAction } from "../../protocol/event-names.ts";
import { commandOfStep } from "../../runstate/state.ts";
import type { ResolvedStep } from "../../task/task.ts";
import type { StepContext } from "./step-context.ts";

/**
 * What was chosen in the decisions that `step` needs, for the environment of its command: `RUNLEDGER_CHOICE_<STEP>` with
 * the step's id in capitals and `_` for `-`. No part of the key: the answers are, as results of what it needs.
 */
export function choiceVariables({ run }: StepContext, { needs }: Pick<ResolvedStep, "needs">): Record<string, string> {
  const choices = needs.flatMap((need) => {
    const command = commandOfStep(run.state, need);
    if (command?.action !== decisionAction || command.decided === undefined) return [];
    return [[`RUNLEDGER_CHOICE_${need.toUpperCase().replaceAll("-", "_")}`, command.decided.choice]];
  });
  return Object.fromEntries(choices);
}
