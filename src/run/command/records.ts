import { newMessageId } from "../../idempotency/identifiers.ts";
import type { CommandRecord, EventRecord } from "../../ledger/entry.ts";
import { timestamp } from "../../ports.ts";
import { systemAgent } from "../../protocol/event-names.ts";
import type { AgentAddress, Artifact, ExpectedOutput } from "../../protocol/fields.ts";
import type { World } from "../place/world.ts";

/** What one command's records have in common. */
export interface CommandIdentity {
  readonly taskId: string;
  readonly step: string;
  readonly action: string;
  readonly key: string;
  readonly correlationId: string;
}

/** An event that `system` reports about the run, or about one of its steps. */
export function systemEvent(
  world: World,
  about: { taskId: string; correlationId: string; step?: string; attempt?: number },
  event: string,
  payload: Record<string, unknown>,
  status?: string,
): EventRecord {
  return {
    kind: "event",
    message_id: newMessageId(world.clock, world.randomness),
    correlation_id: about.correlationId,
    task_id: about.taskId,
    from: { agent_type: systemAgent },
    event,
    ...(status === undefined ? {} : { status }),
    payload,
    ...(about.step === undefined ? {} : { step: about.step }),
    ...(about.attempt === undefined ? {} : { attempt: about.attempt }),
    occurred_at: timestamp(world.clock),
  };
}

/** An event about the run as a whole: its correlation_id is the run's id. */
export function runEvent(
  world: World,
  run: { runId: string; taskId: string },
  event: string,
  payload: Record<string, unknown>,
  status?: string,
): EventRecord {
  return systemEvent(world, { taskId: run.taskId, correlationId: run.runId }, event, payload, status);
}

/** What ends an attempt, apart from where it belongs. */
export interface Ended {
  /** The name of the terminal event. */
  readonly event: string;
  readonly status: string;
  readonly payload: Record<string, unknown>;
  readonly artifacts?: Artifact[];
  readonly from: AgentAddress;
  /** An agent's event keeps its own message_id and time. */
  readonly message?: { readonly messageId: string; readonly occurredAt: string };
}

/** The record of a terminal event; `command`: what was asked, if no entry says so yet. */
export function terminalEvent(
  world: World,
  identity: CommandIdentity,
  attempt: number,
  ended: Ended,
  command?: EventRecord["command"],
): EventRecord {
  return {
    kind: "event",
    ...(command === undefined ? {} : { command }),
    message_id: ended.message?.messageId ?? newMessageId(world.clock, world.randomness),
    correlation_id: identity.correlationId,
    task_id: identity.taskId,
    from: ended.from,
    event: ended.event,
    status: ended.status,
    payload: ended.payload,
    ...(ended.artifacts === undefined || ended.artifacts.length === 0 ? {} : { artifacts: ended.artifacts }),
    step: identity.step,
    attempt,
    occurred_at: ended.message?.occurredAt ?? timestamp(world.clock),
  };
}

/** The record of one sending of a command. */
export function commandRecord(
  world: World,
  identity: CommandIdentity,
  sending: {
    attempt: number;
    maxAttempts: number;
    to: AgentAddress;
    inputs: Record<string, unknown>;
    expectedOutputs: ExpectedOutput[];
    snapshotId: string;
    deadlineMs?: number | undefined;
  },
): CommandRecord {
  return {
    kind: "command",
    message_id: newMessageId(world.clock, world.randomness),
    correlation_id: identity.correlationId,
    task_id: identity.taskId,
    step: identity.step,
    idempotency_key: identity.key,
    to: sending.to,
    action: identity.action,
    inputs: sending.inputs,
    expected_outputs: sending.expectedOutputs,
    version: { snapshot_id: sending.snapshotId },
    ...(sending.deadlineMs === undefined
      ? {}
      : { deadline: new Date(world.clock.now() + sending.deadlineMs).toISOString() }),
    retry: { attempt: sending.attempt, max_attempts: sending.maxAttempts },
  };
}
