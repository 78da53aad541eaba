import { systemAgent, terminalEvents } from "../../protocol/event-names.ts";
import type { OpenRun } from "./open-run.ts";
import { recordEnd } from "./record-end.ts";
import { type Ended, systemEvent } from "./records.ts";
import {
  type DoubtChoice,
  doubtChoices,
  type Policy,
  type ProbeAnswer,
  type StepEnd,
  type Work,
} from "./step-command.ts";

/** A command that had started and is not known to have ended. */
export interface Doubt {
  readonly attempt: number;
  readonly attemptsLeft: boolean;
  /** Why nobody knows. */
  readonly why: string;
  /** Code of the failure, if it comes to one. */
  readonly code: string;
  /** What the attempt had printed, if that is known. */
  readonly result?: unknown;
}

/**
 * Settles a command in doubt: sends it again where that does no harm (`pure`, `idempotent`); where its effect is
 * `once`, asks its probe, then the options, then a person; with nobody to ask, it pauses. Answers and choices are
 * durable before anything follows from them.
 */
export async function settleDoubt(run: OpenRun, work: Work, policy: Policy, doubt: Doubt): Promise<"send" | StepEnd> {
  const chosen = policy.inDoubt.get(work.step);
  const decided = chosen === undefined ? decidedFor(run, work, doubt) : undefined;
  if (decided !== undefined) return follow(run, work, doubt, decided);
  await noteDoubt(run, work, doubt);
  if (work.effect !== "once") {
    if (chosen !== undefined) return applyChoice(run, work, policy, doubt, chosen, "option");
    return doubt.attemptsLeft ? "send" : fail(run, work, doubt, "supervisor");
  }
  const answer = await askProbe(run, work, policy, doubt);
  if (policy.stop.aborted) return { kind: "stopped" };
  if (answer === "yes") return done(run, work, doubt, "probe", null);
  if (answer === "no") return doubt.attemptsLeft ? "send" : fail(run, work, doubt, "supervisor");
  const choice = chosen ?? (policy.onInDoubt === "ask" ? undefined : policy.onInDoubt);
  if (choice !== undefined) return applyChoice(run, work, policy, doubt, choice, "option");
  const { step, action, effect, key } = work;
  const { attempt, why } = doubt;
  const said = await policy.ask?.({ runId: run.state.runId, step, action, effect, key, attempt, why });
  return said === undefined ? { kind: "paused" } : applyChoice(run, work, policy, doubt, said, "user");
}

/** Says why nobody knows how an attempt ended, unless that was said before. */
export async function noteDoubt(run: OpenRun, work: Work, doubt: Doubt): Promise<void> {
  if (run.state.commands.get(work.key)?.inDoubtAttempt === doubt.attempt) return;
  const { attempt, why, code, result } = doubt;
  const printed = result === undefined ? {} : { result };
  await run.append(about(run, work, attempt, "step.in_doubt", { code, effect: work.effect, message: why, ...printed }));
}

/** A probe that throws does not know, and one that was interrupted has not answered. */
async function askProbe(run: OpenRun, work: Work, policy: Policy, doubt: Doubt): Promise<ProbeAnswer> {
  if (work.probe === undefined) return "unknown";
  const probe = await work.probe().catch((): ProbeAnswer => "unknown");
  if (policy.stop.aborted) return "unknown";
  await run.append(about(run, work, doubt.attempt, "step.in_doubt", { effect: work.effect, code: doubt.code, probe }));
  return probe;
}

async function applyChoice(
  run: OpenRun,
  work: Work,
  policy: Policy,
  doubt: Doubt,
  choice: DoubtChoice,
  settledBy: "user" | "option",
): Promise<"send" | StepEnd> {
  const given = choice === "done" ? policy.results.get(work.step) : undefined;
  const result = given === undefined ? {} : { result: given };
  const payload = { step: work.step, choice, ...result, settled_by: settledBy };
  await run.append(about(run, work, doubt.attempt, "system.user_decision", payload));
  return follow(run, work, doubt, { choice, settledBy, result: given ?? null });
}

/** What somebody chose for this attempt and nothing has followed from yet: by `decide`, or before a crash. */
function decidedFor(run: OpenRun, work: Work, doubt: Doubt): Chosen | undefined {
  const command = run.state.commands.get(work.key);
  if (command?.attempt !== doubt.attempt) return undefined;
  const { choice, settledBy, result } = command.decided ?? {};
  const known = doubtChoices.find((each) => each === choice);
  if (known === undefined || settledBy === undefined) return undefined;
  return { choice: known, settledBy, result: run.recorded(result) };
}

interface Chosen {
  readonly choice: DoubtChoice;
  readonly settledBy: "user" | "option";
  /** For `done`. */
  readonly result: unknown;
}

async function follow(
  run: OpenRun,
  work: Work,
  doubt: Doubt,
  { choice, settledBy, result }: Chosen,
): Promise<"send" | StepEnd> {
  switch (choice) {
    case "retry":
      return "send";
    case "skip":
      return { kind: "skipped" };
    case "done":
      return done(run, work, doubt, settledBy, result);
    case "fail":
      return fail(run, work, doubt, settledBy);
  }
}

function done(run: OpenRun, work: Work, doubt: Doubt, settledBy: string, result: unknown): Promise<StepEnd> {
  const outputs = work.outputsNow();
  if ("problems" in outputs) {
    const message = `said to be done (${settledBy}), but its outputs are not: ${outputs.problems.join("; ")}`;
    return recordEnd(run, work, doubt.attempt, failure("OUTPUT_MISSING", message, settledBy));
  }
  return recordEnd(run, work, doubt.attempt, {
    event: terminalEvents(work.action)[0] ?? "error",
    status: "success",
    payload: { result, settled_by: settledBy },
    artifacts: outputs.artifacts,
    from: { agent_type: systemAgent },
  });
}

function fail(run: OpenRun, work: Work, doubt: Doubt, settledBy: string): Promise<StepEnd> {
  return recordEnd(run, work, doubt.attempt, failure(doubt.code, doubt.why, settledBy));
}

function failure(code: string, message: string, settledBy: string): Ended {
  const payload = { code, message, settled_by: settledBy };
  return { event: "error", status: "failed", payload, from: { agent_type: systemAgent } };
}

function about(run: OpenRun, work: Work, attempt: number, event: string, payload: Record<string, unknown>) {
  const { taskId, correlationId, step } = work;
  return systemEvent(run.world, { taskId, correlationId, step, attempt }, event, payload);
}
