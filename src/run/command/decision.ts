import { RunledgerError } from "../../errors.ts";
import { decisionAction, systemAgent, terminalEvents, userAgent } from "../../protocol/event-names.ts";
import type { Decided } from "../../runstate/state.ts";
import { likelySpelling } from "../../task/spelling.ts";
import type { DecisionStep } from "../../task/task.ts";
import type { OpenRun } from "./open-run.ts";
import { recordEnd } from "./record-end.ts";
import { type CommandIdentity, commandRecord, systemEvent } from "./records.ts";
import type { StepEnd } from "./step-command.ts";
import type { StepContext } from "./step-context.ts";
import { identityOf } from "./step-identity.ts";

/** The inputs of a decision, as they enter its key. */
export function decisionInputs({ decision }: DecisionStep): Record<string, unknown> {
  return { options: decision.options, prompt: decision.prompt };
}

/**
 * Puts a decision to a person, or hands back what was decided. Before: nobody was asked. Then, each durable before the
 * next: that it is asked (the command), the answer, the end of the step. An answer that is durable is never asked for
 * again. With nobody to ask, or no answer, the step stays undecided.
 */
export async function askDecision(
  context: StepContext,
  step: DecisionStep,
  inputs: Record<string, unknown>,
): Promise<StepEnd> {
  const { run, policy } = context;
  const identity = identityOf(context, step, decisionAction, inputs);
  const ending = run.state.commands.get(identity.key)?.ended;
  if (ending !== undefined) return { kind: ending.status, ending };
  if (!run.state.commands.has(identity.key)) await run.append(question(context, identity, inputs));
  const decided = run.state.commands.get(identity.key)?.decided ?? (await answered(context, step, identity));
  if (decided === undefined) return { kind: policy.stop.aborted ? "stopped" : "undecided" };
  const { choice, note, settledBy } = decided;
  return recordEnd(run, { ...identity, inputs, recordsCommand: true }, 1, {
    event: terminalEvents(decisionAction)[0] ?? "error",
    status: "success",
    payload: { result: { choice, ...(note === undefined ? {} : { note }) }, settled_by: settledBy },
    from: { agent_type: systemAgent },
  });
}

function question({ run }: StepContext, identity: CommandIdentity, inputs: Record<string, unknown>) {
  return commandRecord(run.world, identity, {
    attempt: 1,
    maxAttempts: 1,
    to: { agent_type: userAgent },
    inputs,
    expectedOutputs: [],
    snapshotId: run.state.snapshotId,
  });
}

async function answered(
  { run, policy, secrets }: StepContext,
  { id, decision }: DecisionStep,
  identity: CommandIdentity,
): Promise<Decided | undefined> {
  const answer = await policy.answer?.({ runId: run.state.runId, step: id, key: identity.key, ...decision });
  if (answer === undefined) return undefined;
  const options = decision.options.map((option) => option.id);
  if (!options.includes(answer.choice)) throw choiceUnknown(id, answer.choice, options);
  const note = recordableNote(answer.note, (text) => secrets.redactText(text));
  await run.append(decisionEvent(run, identity, 1, { choice: answer.choice, note }));
  return run.state.commands.get(identity.key)?.decided;
}

const longestNote = 4000;

/** What is recorded of a note. `USAGE` if it is longer than 4,000 characters. */
export function recordableNote(note: string | undefined, redact: (text: string) => string): string | undefined {
  if (note === undefined) return undefined;
  if (note.length <= longestNote) return redact(note.toWellFormed());
  throw new RunledgerError("USAGE", `the note has ${note.length} characters; the most are ${longestNote}`, {
    hint: "Shorten it, or put the text into a file and name that.",
  });
}

/** The record of what a person chose for a step: for a decision its answer, else what is to become of what is in doubt. */
export function decisionEvent(
  run: OpenRun,
  { taskId, correlationId, step }: Pick<CommandIdentity, "taskId" | "correlationId" | "step">,
  attempt: number,
  { choice, note, result }: { choice: string; note?: string | undefined; result?: unknown },
) {
  const said = { ...(note === undefined ? {} : { note }), ...(result === undefined ? {} : { result }) };
  const payload = { step, choice, ...said, settled_by: "user" };
  return systemEvent(run.world, { taskId, correlationId, step, attempt }, "system.user_decision", payload);
}

/** `CHOICE_UNKNOWN` with the likely spelling, or the choices that there are. */
export function choiceUnknown(step: string, choice: string, known: readonly string[]): RunledgerError {
  const likely = likelySpelling(choice, known);
  return new RunledgerError("CHOICE_UNKNOWN", `step ${step} has no choice ${JSON.stringify(choice)}`, {
    hint: `${likely === undefined ? "" : `Did you mean ${likely}? `}The choices: ${known.join(", ")}`,
    details: { step, choice, known: [...known] },
  });
}
