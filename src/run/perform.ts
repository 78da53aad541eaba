import { invariant } from "../errors.ts";
import type { CommandEntry } from "../ledger/entry.ts";
import type { CommandState, Ending } from "../runstate/state.ts";
import { settleDoubt } from "./in-doubt.ts";
import type { OpenRun } from "./open-run.ts";
import { recordEnd } from "./record-end.ts";
import { commandRecord } from "./records.ts";
import type { Policy, SentCommand, StepEnd, Work } from "./work.ts";

/**
 * Does one command, or hands back what was recorded. Before each sending the command is in the ledger; after it, nothing
 * is acted on before the terminal event is durable. A success that is durable is never sent again.
 */
export async function perform(run: OpenRun, work: Work, policy: Policy): Promise<StepEnd> {
  const known = run.state.commands.get(work.key);
  if (known === undefined) return sendUntilSettled(run, work, policy, work.maxAttempts);
  if (known.skipped && !policy.inDoubt.has(work.step)) return { kind: "skipped" };
  if (known.ended !== undefined) return afterEnding(run, work, policy, known);
  const settled = await settleDoubt(run, work, policy, {
    attempt: known.attempt,
    attemptsLeft: true,
    why: "an earlier process ended while it was in flight",
    code: "IN_DOUBT",
  });
  if (settled !== "send") return settled;
  return sendUntilSettled(run, work, policy, Math.max(work.maxAttempts, known.attempt + 1));
}

function afterEnding(run: OpenRun, work: Work, policy: Policy, known: CommandState): StepEnd | Promise<StepEnd> {
  const { ended } = known;
  invariant(ended !== undefined, "an ending follows a terminal event");
  if (ended.status === "success") return { kind: "success", ending: ended };
  // A crash between a failure and its next attempt takes nothing away from max_attempts.
  const granted = work.recordsCommand ? known.maxAttempts : work.maxAttempts;
  if (known.attempt < granted && !isChosen(ended)) return sendUntilSettled(run, work, policy, granted);
  const ofEarlierProcess = ended.seq < run.state.sessionSeq;
  if (!policy.retryFailed || !ofEarlierProcess) return { kind: "failed", ending: ended };
  return sendUntilSettled(run, work, policy, known.attempt + work.maxAttempts);
}

/** Somebody chose this ending for a step in doubt: no attempt that is left undoes it. */
function isChosen({ payload }: Ending): boolean {
  return payload["settled_by"] === "user" || payload["settled_by"] === "option";
}

async function sendUntilSettled(run: OpenRun, work: Work, policy: Policy, maxAttempts: number): Promise<StepEnd> {
  for (let attempt = (run.state.commands.get(work.key)?.attempt ?? 0) + 1; ; attempt += 1) {
    if (policy.stop.aborted) return { kind: "stopped" };
    const sent = await send(run, work, attempt, maxAttempts);
    const outcome = await work.perform(attempt, sent);
    if (outcome.kind === "stopped") return { kind: "stopped" };
    const attemptsLeft = attempt < maxAttempts;
    if (outcome.kind === "ended") {
      const end = await recordEnd(run, work, attempt, outcome.ended);
      await outcome.gone;
      if (end.kind === "success" || !attemptsLeft) return end;
      continue;
    }
    const { code, message: why, result } = outcome;
    const settled = await settleDoubt(run, work, policy, { attempt, attemptsLeft, why, code, result });
    if (settled !== "send") return settled;
  }
}

/**
 * Before: nobody was asked. After: the ledger says that the agent may have been. Durable first where the effect is
 * `once`; elsewhere a command that a power cut takes along is sent again under the same key.
 */
async function send(run: OpenRun, work: Work, attempt: number, maxAttempts: number): Promise<SentCommand | undefined> {
  if (!work.recordsCommand) return undefined;
  const record = commandRecord(run.world, work, {
    attempt,
    maxAttempts: Math.max(maxAttempts, attempt),
    to: work.to,
    inputs: work.inputs,
    expectedOutputs: work.expectedOutputs,
    snapshotId: run.state.snapshotId,
    deadlineMs: work.timeoutMs,
  });
  const entry = (work.effect === "once" ? await run.append(record) : run.post(record)) as CommandEntry;
  return { messageId: entry.message_id, deadline: entry.deadline, maxAttempts: entry.retry.max_attempts };
}
