import type { CommandAttempt } from "../../agent/agent-options.ts";
import type { AgentMessage } from "../../agent/message-reader.ts";
import type { HeartbeatRecord } from "../../ledger/entry.ts";
import type { Event } from "../../protocol/event.ts";
import { isFailure, systemAgent } from "../../protocol/event-names.ts";
import type { Heartbeat } from "../../protocol/heartbeat.ts";
import type { AgentStep } from "../../task/task.ts";
import type { OpenRun } from "./open-run.ts";
import { hashOutputs } from "./outputs.ts";
import type { Ended } from "./records.ts";
import type { StepContext } from "./step-context.ts";

/**
 * Takes a message that does not end its command into the ledger. Resolves when the ledger has it, so that a flood waits
 * for the disk.
 */
export async function recordMessage(
  run: OpenRun,
  message: AgentMessage,
  attempt: CommandAttempt | undefined,
): Promise<void> {
  if (message.kind === "heartbeat") run.post(heartbeatRecord(message));
  else if (message.kind === "log") run.post(message);
  else await run.append({ ...message, ...(attempt && { step: attempt.step, attempt: attempt.attempt }) });
}

/** How the agent's terminal event ends the command: as it says, unless its files say otherwise. */
export function endedBy(event: Event, context: StepContext, step: AgentStep<string>): Ended {
  const { payload, artifacts: reported = [] } = event;
  const status = event.status ?? (isFailure(event) ? "failed" : "success");
  const message = { messageId: event.message_id, occurredAt: event.occurred_at };
  if (isFailure(event)) return { event: event.event, status, payload, from: event.from, message };
  const outputs = hashOutputs(context, step, reported);
  if (outputs.kind === "hashed") {
    return { event: event.event, status, payload, artifacts: outputs.artifacts, from: event.from, message };
  }
  const { code, message: sentence } = outputs;
  const said = { event: event.event, message_id: event.message_id, payload };
  const failure = { code, message: sentence, said, settled_by: "supervisor" };
  return { event: "error", status: "failed", payload: failure, from: { agent_type: systemAgent } };
}

/** In the ledger `seq` is the entry's place; the agent's own count is kept beside it. */
function heartbeatRecord({ seq, ...rest }: Heartbeat): HeartbeatRecord {
  return { ...rest, heartbeat_seq: seq };
}
