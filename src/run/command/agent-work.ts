import type { ConversationOutcome } from "../../agent/converse-options.ts";
import { envNames, resolveEnv } from "../../agent/env-reference.ts";
import { converse } from "../../agent/stdio.ts";
import { makeDirectories } from "../../durable/directories.ts";
import type { Command } from "../../protocol/command.ts";
import { isTerminal, systemAgent } from "../../protocol/event-names.ts";
import { type AgentStep, effectOf, type TaskAgent } from "../../task/task.ts";
import { AgentMessages } from "./agent-messages.ts";
import { childVariables } from "./child-variables.ts";
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

/** The work of a command for an NDJSON agent: one process for each attempt. `inputs` are those of its key. */
export function agentWork(
  context: StepContext,
  step: AgentStep<string>,
  agent: TaskAgent<string>,
  inputs: Record<string, unknown>,
): Work {
  const identity = identityOf(context, step, step.action, inputs);
  const timeoutMs = step.timeout_ms ?? actionTimeoutMs[step.action];
  const work: Work = {
    ...identity,
    effect: effectOf(step),
    maxAttempts: step.retry.max_attempts,
    timeoutMs,
    to: { agent_type: step.agent, agent_id: step.agent },
    inputs,
    expectedOutputs: [...step.expected_outputs],
    recordsCommand: true,
    perform: (attempt, sent) => ask({ context, step, agent, work, attempt, sent }),
    probe: probeOf(context, step, identity.key),
    outputsNow: () => outputsNow(context, step),
  };
  return work;
}

/** One sending of a command to one agent process. */
interface Sending {
  readonly context: StepContext;
  readonly step: AgentStep<string>;
  readonly agent: TaskAgent<string>;
  readonly work: Work;
  readonly attempt: number;
  readonly sent: SentCommand | undefined;
}

/** Resolves as soon as the agent has said how it ended; the outcome's `gone`, when its process is no more. */
function ask(sending: Sending): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const gone = hold(sending, (ended) => resolve({ kind: "ended", ended, gone }));
    sending.context.run.closeAfter(gone);
    gone.then((outcome) => resolve(outcome), reject);
  });
}

type OnEnded = (ended: (Outcome & { kind: "ended" })["ended"]) => void;

async function hold(sending: Sending, onEnded: OnEnded): Promise<Outcome> {
  const { context, step, agent, work, attempt } = sending;
  const messages = new AgentMessages(context, step, work, attempt);
  const { run, policy, secrets, workspace } = context;
  const { processes, clock, disk } = run.world;
  const directory = run.layout.agent(step.agent);
  makeDirectories(disk, run.store, directory);
  const outcome = await converse({
    processes,
    clock,
    disk,
    secrets,
    agent: agent.command,
    cwd: workspace,
    env: environmentOf(sending, directory),
    command: commandToSend(sending),
    stderrPath: run.layout.agentStderr(step.agent),
    graceMs: policy.graceMs,
    signal: policy.stop,
    killSignal: policy.kill,
    ...(work.timeoutMs === undefined ? {} : { timeoutMs: work.timeoutMs }),
    onStarted: (pid) => messages.started(pid),
    onMessage: async (message) => {
      if (message.kind === "event" && isTerminal(work.action, message.event)) onEnded(messages.ended(message));
      else await messages.record(message);
    },
    onFault: (fault) => messages.fault(fault),
  });
  await messages.gone(outcome);
  return outcomeOf(outcome, work);
}

function environmentOf({ context, step, agent, work, attempt }: Sending, agentState: string): Record<string, string> {
  const variables = { ...agent.env, ...step.env };
  const secretVariables = envNames([variables, work.inputs]);
  return childVariables(context, step.id, work.key, attempt, variables, { agentState, secretVariables });
}

/** The command as recorded, with `$env` in its inputs resolved: the one thing that is sent and not recorded. */
function commandToSend({ context: { run }, work, attempt, sent }: Sending): Command {
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

function outcomeOf(outcome: ConversationOutcome, work: Work): Outcome {
  switch (outcome.kind) {
    case "stopped":
      return { kind: "stopped" };
    case "not_started":
      return failed(outcome.code, outcome.message);
    case "deadline":
      return unanswered(outcome, "DEADLINE", `no terminal event within ${work.timeoutMs} ms`);
    case "silent":
      return unanswered(outcome, "AGENT_SILENT", "the agent missed three heartbeats");
    case "exited":
    case "terminal": {
      const { exitCode, signal } = outcome.exit;
      const how = signal === null ? `with status ${exitCode}` : `by ${signal}`;
      return unanswered(outcome, "AGENT_EXITED", `the agent ended ${how} without a terminal event`);
    }
  }
}

/** In doubt if the agent can have seen the command; else it has simply failed. */
function unanswered({ commandSent }: { commandSent: boolean }, code: string, message: string): Outcome {
  return commandSent
    ? { kind: "doubt", code, message }
    : failed(
        code,
        `${message}, before it was sent the command: the first thing it says is a heartbeat with status starting`,
      );
}

function failed(code: string, message: string): Outcome {
  const payload = { code, message, settled_by: "supervisor" };
  return { kind: "ended", ended: { event: "error", status: "failed", payload, from: { agent_type: systemAgent } } };
}
