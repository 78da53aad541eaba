import type { Command } from "../protocol/command.ts";
import type { Event } from "../protocol/event.ts";
import { isFailure, isReserved, isTerminal, systemAgent } from "../protocol/event-names.ts";
import type { AgentAddress } from "../protocol/fields.ts";
import type { Heartbeat } from "../protocol/heartbeat.ts";
import type { Fault, FaultCode } from "./faults.ts";
import type { AgentMessage } from "./message-reader.ts";

/** Where a conversation stands. */
export interface ConversationState {
  /** The command has been sent. */
  readonly commanded: boolean;
  /** A terminal event has been taken. */
  readonly ended: boolean;
  /** We have asked the agent to end (deadline, silence, stop). */
  readonly ending: boolean;
}

/** Why `message` may not be taken as part of the conversation about `command`, or undefined if it may. */
export function faultOf(message: AgentMessage, command: Command, state: ConversationState): Fault | undefined {
  switch (message.kind) {
    case "event":
      return eventFault(message, command, state);
    case "heartbeat":
      return heartbeatFault(message, command);
    case "log":
      return undefined;
  }
}

function heartbeatFault({ agent, task_id }: Heartbeat, command: Command): Fault | undefined {
  return agentFault("heartbeat", agent, command) ?? taskFault("heartbeat", task_id, command);
}

function eventFault(event: Event, command: Command, state: ConversationState): Fault | undefined {
  const name = event.event;
  return (
    agentFault(name, event.from, command) ??
    placeFault(event, command) ??
    taskFault(name, event.task_id, command) ??
    (isReserved(name)
      ? fault("RESERVED_EVENT", `${name}: only runledger itself sends events of this name`)
      : undefined) ??
    versionFault(event, command) ??
    orderFault(event, command, state)
  );
}

/** `system` is runledger itself: an agent that speaks in its name forges an entry. */
function agentFault(what: string, from: AgentAddress, { to }: Command): Fault | undefined {
  if (from.agent_type === to.agent_type && from.agent_type !== systemAgent) return undefined;
  return fault("WRONG_AGENT", `${what}: its agent_type is ${from.agent_type}, expected ${to.agent_type}`);
}

function placeFault({ event, correlation_id }: Event, command: Command): Fault | undefined {
  if (correlation_id === command.correlation_id) return undefined;
  return fault("WRONG_CORRELATION", `${event}: correlation_id ${correlation_id}, expected ${command.correlation_id}`);
}

function taskFault(what: string, taskId: string | undefined, command: Command): Fault | undefined {
  if (taskId === undefined || taskId === command.task_id) return undefined;
  return fault("WRONG_TASK", `${what}: task_id ${taskId}, expected ${command.task_id}`);
}

function versionFault({ event, observed_version }: Event, { version }: Command): Fault | undefined {
  const observed = observed_version?.snapshot_id;
  if (observed === undefined || observed === version.snapshot_id) return undefined;
  return fault("VERSION_MISMATCH", `${event}: the agent saw ${observed}, the command is for ${version.snapshot_id}`);
}

function orderFault(event: Event, { action }: Command, state: ConversationState): Fault | undefined {
  const terminal = isTerminal(action, event.event);
  if (!state.commanded) return fault("EVENT_BEFORE_COMMAND", `${event.event}: no command was sent yet`);
  if (state.ended && terminal) return fault("SECOND_TERMINAL", `${event.event}: the command has ended already`);
  if (state.ended) return fault("EVENT_AFTER_END", `${event.event}: sent after the terminal event`);
  // A failure that we caused says nothing about the step: its command stays in doubt. A success is a success.
  if (state.ending && terminal && isFailure(event)) {
    return fault("FAILED_WHILE_ENDED", `${event.event}: the agent failed after it was asked to end`);
  }
  return undefined;
}

function fault(code: FaultCode, sentence: string): Fault {
  return { code, sentence };
}
