import type { Command } from "../protocol/command.ts";
import type { Event } from "../protocol/event.ts";
import { isFailure, isReserved, isTerminal, systemAgent } from "../protocol/event-names.ts";
import type { AgentAddress } from "../protocol/fields.ts";
import type { Heartbeat } from "../protocol/heartbeat.ts";
import type { Fault, FaultCode } from "./faults.ts";
import type { AgentMessage } from "./message-reader.ts";

/** Who an agent is in its run: what all its messages must agree with. */
export interface AgentIdentity {
  readonly agentType: string;
  readonly taskId: string;
  readonly snapshotId: string;
}

/** Where the talk with an agent stands. */
export interface Talk {
  /** What it is asked now. */
  readonly command: Pick<Command, "action" | "correlation_id"> | undefined;
  /** What it has answered, by correlation_id. */
  readonly answered: ReadonlyMap<string, { readonly action: string }>;
  /** We have asked the agent to end (deadline, silence, stop). */
  readonly isEnding: boolean;
}

/** Why `message` may not be taken as part of the talk, or undefined if it may. */
export function faultOf(message: AgentMessage, identity: AgentIdentity, talk: Talk): Fault | undefined {
  switch (message.kind) {
    case "event":
      return eventFault(message, identity, talk);
    case "heartbeat":
      return heartbeatFault(message, identity);
    case "log":
      return undefined;
  }
}

function heartbeatFault({ agent, task_id }: Heartbeat, identity: AgentIdentity): Fault | undefined {
  return agentFault("heartbeat", agent, identity) ?? taskFault("heartbeat", task_id, identity);
}

function eventFault(event: Event, identity: AgentIdentity, talk: Talk): Fault | undefined {
  const name = event.event;
  return (
    agentFault(name, event.from, identity) ??
    placeFault(event, talk) ??
    taskFault(name, event.task_id, identity) ??
    (isReserved(name)
      ? fault("RESERVED_EVENT", `${name}: only runledger itself sends events of this name`)
      : undefined) ??
    versionFault(event, identity) ??
    endingFault(event, talk)
  );
}

/** `system` is runledger itself: an agent that speaks in its name forges an entry. */
function agentFault(what: string, from: AgentAddress, { agentType }: AgentIdentity): Fault | undefined {
  if (from.agent_type === agentType && from.agent_type !== systemAgent) return undefined;
  return fault("WRONG_AGENT", `${what}: its agent_type is ${from.agent_type}, expected ${agentType}`);
}

/** An event must be about what is asked now. */
function placeFault({ event, correlation_id }: Event, { command, answered }: Talk): Fault | undefined {
  if (correlation_id === command?.correlation_id) return undefined;
  const ended = answered.get(correlation_id);
  if (ended !== undefined && isTerminal(ended.action, event)) {
    const sentence = `${event}: the command has ended already`;
    return { code: "SECOND_TERMINAL", sentence, about: correlation_id };
  }
  if (ended !== undefined) {
    return { code: "EVENT_AFTER_END", sentence: `${event}: sent after the terminal event`, about: correlation_id };
  }
  if (command === undefined) return fault("EVENT_BEFORE_COMMAND", `${event}: no command was sent`);
  return fault("WRONG_CORRELATION", `${event}: correlation_id ${correlation_id}, expected ${command.correlation_id}`);
}

function taskFault(what: string, taskId: string | undefined, identity: AgentIdentity): Fault | undefined {
  if (taskId === undefined || taskId === identity.taskId) return undefined;
  return fault("WRONG_TASK", `${what}: task_id ${taskId}, expected ${identity.taskId}`);
}

function versionFault({ event, observed_version }: Event, { snapshotId }: AgentIdentity): Fault | undefined {
  const observed = observed_version?.snapshot_id;
  if (observed === undefined || observed === snapshotId) return undefined;
  return fault("VERSION_MISMATCH", `${event}: the agent saw ${observed}, the command is for ${snapshotId}`);
}

/** A failure that we caused says nothing about the step: its command stays in doubt. A success is a success. */
function endingFault(event: Event, { command, isEnding }: Talk): Fault | undefined {
  if (!isEnding || command === undefined) return undefined;
  if (!isTerminal(command.action, event.event) || !isFailure(event)) return undefined;
  return fault("FAILED_WHILE_ENDED", `${event.event}: the agent failed after it was asked to end`);
}

function fault(code: FaultCode, sentence: string): Fault {
  return { code, sentence };
}
