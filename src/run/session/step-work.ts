import { commandOfStep } from "../../runstate/state.ts";
import { itemVariable, readyStep } from "../../task/ready-step.ts";
import type { DecisionStep, ReadyStep, ResolvedStep, WorkStep } from "../../task/task.ts";
import type { AgentSeats } from "../command/agent-seats.ts";
import { agentWork } from "../command/agent-work.ts";
import { askDecision, decisionInputs } from "../command/decision.ts";
import { plainInputs, plainWork } from "../command/plain-work.ts";
import type { StepEnd, Work } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";
import { digestOf } from "./needed-results.ts";

/** The work of a step whose needs are done, or of one item of it. */
export function stepWork(context: StepContext, agents: AgentSeats, step: WorkStep, item?: string): Work {
  const ready = readyStep(step, item);
  const recorded = commandOfStep(context.run.state, ready.id);
  const inputs = recorded
    ? recordedInputs(context, recorded.inputs)
    : { $runledger: originOf(context, step, item), ...ownInputs(ready) };
  const sent = item === undefined ? ready : withItemVariable(ready, item);
  if (!("agent" in sent)) return plainWork(context, sent, inputs);
  return agentWork(context, sent, agents.of(sent.agent), inputs);
}

/** What became of a decision whose needs are done. */
export function stepDecision(context: StepContext, step: DecisionStep): Promise<StepEnd> {
  const recorded = commandOfStep(context.run.state, step.id);
  const inputs = recorded
    ? recordedInputs(context, recorded.inputs)
    : { $runledger: originOf(context, step, undefined), ...decisionInputs(step) };
  return askDecision(context, step, inputs);
}

/** The digests of what `step` needs, by step. */
export function neededDigests(context: StepContext, { needs }: ResolvedStep): Record<string, string> {
  return Object.fromEntries([...needs].sort().map((need) => [need, digestOf(context, need)]));
}

/** What enters the key besides what the step says: its name, its item, and what it needs came to. */
function originOf(context: StepContext, step: ResolvedStep, item: string | undefined): Record<string, unknown> {
  const { run } = context;
  const needs = item === undefined ? neededDigests(context, step) : run.recorded(run.state.batches.get(step.id)?.needs);
  return {
    ...(item === undefined ? {} : { item }),
    ...(step.needs.length === 0 ? {} : { needs }),
    step: step.id,
  };
}

function ownInputs(step: ReadyStep): Readonly<Record<string, unknown>> {
  return "agent" in step ? step.inputs : plainInputs(step);
}

/** It is said in the inputs already: there it would stand twice. */
function withItemVariable(step: ReadyStep, item: string): ReadyStep {
  return { ...step, env: { ...step.env, [itemVariable]: item } };
}

/** Inputs are read back from where they were recorded: a resume never computes them anew. */
function recordedInputs({ run }: StepContext, inputs: Record<string, unknown>): Record<string, unknown> {
  const whole = run.recorded(inputs) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(whole).map(([name, value]) => [name, run.recorded(value)]));
}
