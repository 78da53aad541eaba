import type { AgentEnd } from "../../agent/agent-options.ts";
import { resolveEnv } from "../../agent/env-reference.ts";
import type { Command } from "../../protocol/command.ts";
import { systemAgent } from "../../protocol/event-names.ts";
import { type AgentStep, effectOf } from "../../task/task.ts";
import { endedBy } from "./agent-messages.ts";
import type { AgentSeat } from "./agent-seat.ts";
import { outputsNow } from "./outputs.ts";
import { probeOf } from "./probe.ts";
import { commandRecord } from "./records.ts";
import type { Outcome, SentCommand, Work } from "./step-command.ts";
import type { StepContext } from "./step-context.ts";
import { identityOf } from "./step-identity.ts";

/** Milliseconds that an action may take where the step does not say. */
const actionTimeoutMs: Record<string, number> = {
  implement: 600_000,
  review: 300_000,
  update_spec: 180_000,
  intake: 180_000,
};

/** The work of a command for an NDJSON agent. `inputs` are those of its key. */
export function agentWork(
  context: StepContext,
  step: AgentStep<string>,
  seat: AgentSeat,
  inputs: Record<string, unknown>,
): Work {
  const identity = identityOf(context, step, step.action, inputs);
  const work: Work = {
    ...identity,
    effect: effectOf(step),
    maxAttempts: step.retry.max_attempts,
    timeoutMs: step.timeout_ms ?? actionTimeoutMs[step.action],
    to: { agent_type: step.agent, agent_id: step.agent },
    inputs,
    expectedOutputs: [...step.expected_outputs],
    recordsCommand: true,
    prepare: () => prepared(seat),
    isDeferred: () => seat.wait !== undefined,
    perform: (attempt, sent) => ask({ context, step, seat, work }, attempt, sent),
    probe: probeOf(context, step, identity.key),
    outputsNow: () => outputsNow(context, step),
  };
  return work;
}

/** Undefined if the agent can be asked; else what became of the attempt that is not made. */
async function prepared(seat: AgentSeat): Promise<Outcome | undefined> {
  const readiness = await seat.ready();
  switch (readiness.kind) {
    case "ready":
      return undefined;
    case "deferred":
    case "stopped":
      return { kind: readiness.kind };
    case "not_started":
      return failed(readiness.code, readiness.message);
    case "dead": {
      const { code, message } = deathOf(readiness.end);
      return failed(code, `${message}, and may not be started again; this command was not sent to it`);
    }
  }
}

interface Asking {
  readonly context: StepContext;
  readonly step: AgentStep<string>;
  readonly seat: AgentSeat;
  readonly work: Work;
}

async function ask(asking: Asking, attempt: number, sent: SentCommand | undefined): Promise<Outcome> {
  const { context, step, seat, work } = asking;
  const answer = await seat.ask(commandToSend(asking, attempt, sent), work.timeoutMs);
  if (answer.kind === "terminal") return { kind: "ended", ended: endedBy(answer.event, context, step) };
  const { end } = answer;
  if (end.reason === "stopped") return { kind: "stopped" };
  if (end.reason !== "deadline") return { kind: "doubt", ...deathOf(end), sendAgain: seat.restartsLeft > 0 };
  const message = `no terminal event within ${work.timeoutMs} ms`;
  return { kind: "doubt", code: "DEADLINE", message, ...(seat.restartsLeft > 0 ? {} : { sendAgain: false }) };
}

/** The command as recorded, with `$env` in its inputs resolved: the one thing that is sent and not recorded. */
function commandToSend({ context: { run }, work }: Asking, attempt: number, sent: SentCommand | undefined): Command {
  const { world } = run;
  const record = commandRecord(world, work, {
    attempt,
    maxAttempts: sent?.maxAttempts ?? attempt,
    to: work.to,
    inputs: resolveEnv(work.inputs, world.host.environment, work.step),
    expectedOutputs: work.expectedOutputs,
    snapshotId: run.state.snapshotId,
  });
  return {
    ...record,
    ...(sent === undefined ? {} : { message_id: sent.messageId }),
    ...(sent?.deadline === undefined ? {} : { deadline: sent.deadline }),
  };
}

function deathOf({ exit: { exitCode, signal }, reason }: AgentEnd): { code: string; message: string } {
  if (reason === "silent") return { code: "AGENT_SILENT", message: "the agent missed three heartbeats" };
  const how = signal === null ? `with status ${exitCode}` : `by ${signal}`;
  return { code: "AGENT_EXITED", message: `the agent ended ${how} without a terminal event` };
}

function failed(code: string, message: string): Outcome {
  const payload = { code, message, settled_by: "supervisor" };
  return { kind: "ended", ended: { event: "error", status: "failed", payload, from: { agent_type: systemAgent } } };
}
