import { isStepDone } from "../runstate/batch.ts";
import { nextOf } from "../runstate/plan.ts";
import { type BatchState, type CommandState, commandOfStep, type RunState } from "../runstate/state.ts";
import { standingOf } from "../task/graph.ts";
import { type Effect, effectOf, type ResolvedStep, type ResolvedTask } from "../task/task.ts";
import type { DoubtChoice, Policy } from "./command/step-command.ts";

/** What would become of one step. */
export interface PlannedStep {
  readonly step: string;
  readonly action: string;
  /** Absent for functions, whose code says it. */
  readonly effect?: Effect;
  readonly what: StepPrognosis;
  readonly needs: readonly string[];
  /** For `in doubt`: what the options choose. Without it the probe is asked, then a person. */
  readonly choice?: DoubtChoice;
  /** Of a step with `for_each` whose items are known: how many would be done, and how many there are. */
  readonly items?: { readonly open: number; readonly total: number };
}

/**
 * - `reuse`: it has succeeded; its result is handed on.
 * - `send`: all it needs is there. `waits`: for steps that will be done before.
 * - `send again`: it was in flight, and doing it twice does no harm.
 * - `in doubt`: it was in flight, and somebody or something has to decide.
 * - `retry`: it failed, and has attempts left or is granted more. `failed`: it failed and stays so.
 * - `skipped`: somebody chose not to do it. `blocked`: by steps that failed, were skipped or are blocked.
 */
type StepPrognosis =
  | "reuse"
  | "send"
  | "send again"
  | "in doubt"
  | "retry"
  | "failed"
  | "skipped"
  | "blocked"
  | "waits";

/** The steps of a task that was never started. */
export function firstSteps(task: ResolvedTask): PlannedStep[] {
  return task.steps.map((step) => ({ ...about(step), what: step.needs.length === 0 ? "send" : "waits" }));
}

/** The steps of a task file, as a resume of `state` would find them. */
export function plannedSteps(task: ResolvedTask, state: RunState, policy: Policy): PlannedStep[] {
  const known = new Map<string, StepPrognosis>();
  for (const step of task.steps) {
    const command = commandOfStep(state, step.id);
    const maxAttempts = step.retry.max_attempts;
    const batch = state.batches.get(step.id);
    if (batch !== undefined) known.set(step.id, batchPrognosis(state, step, batch, policy));
    if (command !== undefined) known.set(step.id, prognosisOf(state, command, effectOf(step), maxAttempts, policy));
  }
  const having = (...kinds: StepPrognosis[]) =>
    new Set([...known].filter(([, what]) => kinds.includes(what)).map(([id]) => id));
  const { ready, blocked } = standingOf(task.steps, having("reuse"), having("failed", "skipped"));
  const readySteps = new Set(ready);
  return task.steps.map((step): PlannedStep => {
    const uncommanded = blocked.has(step.id) ? "blocked" : readySteps.has(step.id) ? "send" : "waits";
    const what = known.get(step.id) ?? uncommanded;
    const batch = state.batches.get(step.id);
    const items = batch && { open: batch.total - batch.completed, total: batch.total };
    return { ...about(step), what, ...choiceFor(step.id, effectOf(step), what, policy), ...(items && { items }) };
  });
}

/** What would become of a step with items, by what would of those that are not done. */
function batchPrognosis(state: RunState, step: ResolvedStep, batch: BatchState, policy: Policy): StepPrognosis {
  if (isStepDone(state, step.id)) return "reuse";
  if (batch.error !== undefined) return policy.retryFailed ? "retry" : "failed";
  const { completed, failed, open, skipped, total } = batch;
  const of = (command: CommandState) => prognosisOf(state, command, effectOf(step), step.retry.max_attempts, policy);
  const inFlight = new Set([...open].map(of));
  if (inFlight.has("in doubt")) return "in doubt";
  if (inFlight.size > 0) return "send again";
  const retried = [...failed].some((command) => of(command) === "retry");
  const isStopped = !retried && failed.size >= (step.max_failures ?? Number.POSITIVE_INFINITY);
  if (!isStopped && completed + failed.size + skipped.size < total) return "send";
  if (retried) return "retry";
  return failed.size > 0 ? "failed" : "skipped";
}

/** The steps that a function has called so far. */
export function calledSteps(state: RunState, policy: Policy): PlannedStep[] {
  return [...state.commands.values()].map((command): PlannedStep => {
    const { step, action } = command;
    // Of functions only a `once` step leaves a trace before it has ended.
    const what = prognosisOf(state, command, "once", command.maxAttempts, policy);
    return { step, action, what, needs: [], ...choiceFor(step, "once", what, policy) };
  });
}

function about(step: ResolvedStep): Pick<PlannedStep, "step" | "action" | "effect" | "needs"> {
  const action = "agent" in step ? step.action : "exec";
  return { step: step.id, action, effect: effectOf(step), needs: step.needs };
}

function prognosisOf(
  state: RunState,
  command: CommandState,
  effect: Effect,
  maxAttempts: number,
  { retryFailed, inDoubt }: Policy,
): StepPrognosis {
  const isChosen = inDoubt.has(command.step);
  const next = nextOf(command, { maxAttempts, retryFailed, isChosen, sessionSeq: state.head.seq + 1 });
  switch (next.kind) {
    case "send":
      return "retry";
    case "doubt":
      return effect === "once" || isChosen ? "in doubt" : "send again";
    default:
      return next.kind;
  }
}

function choiceFor(step: string, effect: Effect, what: StepPrognosis, policy: Policy): { choice?: DoubtChoice } {
  if (what !== "in doubt") return {};
  const general = policy.onInDoubt === "ask" || effect !== "once" ? undefined : policy.onInDoubt;
  const choice = policy.inDoubt.get(step) ?? general;
  return choice === undefined ? {} : { choice };
}
