import type { CommandEntry } from "../../ledger/entry.ts";
import { nextOf } from "../../runstate/plan.ts";
import type { CommandState } from "../../runstate/state.ts";
import { noteDoubt, settleDoubt } from "./in-doubt.ts";
import type { OpenRun } from "./open-run.ts";
import { recordEnd } from "./record-end.ts";
import { commandRecord } from "./records.ts";
import type { Outcome, Policy, SentCommand, StepEnd, Work } from "./step-command.ts";

/**
 * Does one command, or hands back what was recorded. Before each sending the command is in the ledger; after it, nothing
 * is acted on before the terminal event is durable. A success that is durable is never sent again.
 */
export async function perform(run: OpenRun, work: Work, policy: Policy): Promise<StepEnd> {
  const known = run.state.commands.get(work.key);
  const next = nextOf(known, {
    maxAttempts: work.maxAttempts,
    retryFailed: policy.retryFailed,
    isChosen: policy.inDoubt.has(work.step),
    sessionSeq: run.state.sessionSeq,
  });
  const first = (known?.attempt ?? 0) + 1;
  switch (next.kind) {
    case "reuse":
      return { kind: "success", ending: next.ending };
    case "failed":
      return { kind: "failed", ending: next.ending };
    case "skipped":
      return { kind: "skipped" };
    case "send":
      break;
    case "doubt": {
      const attempt = known?.attempt ?? 1;
      const settled = await settleDoubt(run, work, policy, { attempt, attemptsLeft: true, ...reasonOf(known) });
      if (settled !== "send") return settled;
      break;
    }
  }
  for (let attempt = first; ; attempt += 1) {
    if (policy.stop.aborted) return { kind: "stopped" };
    const outcome = await (work.recordsCommand ? send(run, work, attempt, next.maxAttempts) : work.perform(attempt));
    if (outcome.kind === "stopped" || outcome.kind === "deferred") return { kind: outcome.kind };
    const attemptsLeft = attempt < next.maxAttempts;
    if (outcome.kind === "ended") {
      const end = await recordEnd(run, work, attempt, outcome.ended);
      if (end.kind === "failed" && end.ending.isRateLimit) return { kind: "deferred" };
      if (end.kind === "success" || !attemptsLeft) return end;
      continue;
    }
    const { code, message: why, result, sendAgain = attemptsLeft } = outcome;
    const doubt = { attempt, attemptsLeft: sendAgain, why, code, result };
    if (sendAgain && work.isDeferred?.() === true) {
      // Probes and people are asked once, when something can follow from the answer.
      await noteDoubt(run, work, doubt);
      return { kind: "deferred" };
    }
    const settled = await settleDoubt(run, work, policy, doubt);
    if (settled !== "send") return settled;
  }
}

/** Why nobody knows how the latest attempt ended: as it was noted, or because its process is no more. */
function reasonOf(known: CommandState | undefined): { why: string; code: string } {
  if (known?.inDoubtAttempt === known?.attempt && known?.doubt !== undefined) {
    return { why: known.doubt.message, code: known.doubt.code };
  }
  return { why: "an earlier process ended while it was in flight", code: "IN_DOUBT" };
}

/** A command is recorded only when it can be sent, or has failed because it cannot. */
async function send(run: OpenRun, work: Work, attempt: number, maxAttempts: number): Promise<Outcome> {
  const hindered = await work.prepare?.();
  if (hindered !== undefined && hindered.kind !== "ended") return hindered;
  const sent = await recordCommand(run, work, attempt, maxAttempts);
  return hindered ?? work.perform(attempt, sent);
}

/**
 * Before: nobody was asked. After: the ledger says that the agent may have been. Durable first where the effect is
 * `once`; elsewhere a command that a power cut takes along is sent again under the same key.
 */
async function recordCommand(run: OpenRun, work: Work, attempt: number, maxAttempts: number): Promise<SentCommand> {
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
