import { canonicalJson } from "../../src/idempotency/canonical.ts";
import { sha256Hex } from "../../src/idempotency/digest.ts";
import type { CallRecord } from "../../src/ledger/call-record.ts";
import type { EventRecord, LedgerEntry, LedgerRecord } from "../../src/ledger/entry.ts";
import { replay } from "../../src/runstate/replay.ts";
import type { CommandState, RunState } from "../../src/runstate/state.ts";

// Entries in the language of what happens in a run: `given(started(), commanded("build"), succeeded("build"))`.

export const runId = "run-20261121-070000-0a1b2c3d";
export const taskId = "T-0042";
const at = "2026-11-21T07:00:00.000Z";

/** What happened, as entries with their places. */
export function entriesOf(happened: readonly LedgerRecord[]): LedgerEntry[] {
  return happened.map((record, index) => {
    const seq = index + 1;
    const message = "message_id" in record ? { message_id: messageId(seq) } : {};
    const place = { seq, at: `2026-11-21T07:${twoDigits(seq / 60)}:${twoDigits(seq % 60)}.000Z`, durable: index };
    return { ...record, ...message, ...place, hash: sha256Hex(`entry ${seq}`) };
  });
}

/** The state of a run in which this happened, in this order. */
export function given(...happened: LedgerRecord[]): RunState {
  return replay(entriesOf(happened));
}

/** What is known of a step. */
export function stepOf(state: RunState, step: string): CommandState {
  const command = state.commands.get(state.keyOfStep.get(step) ?? "");
  if (command === undefined) throw new Error(`${step} was never commanded`);
  return command;
}

export function started(): LedgerRecord {
  const digest = `sha256:${"d".repeat(64)}`;
  return ofRun("run.started", {
    ...{ format: 1, run_id: runId, task_id: taskId, task_digest: digest, workspace: "/project", boot_id: "boot-1" },
    ...{ snapshot_id: "snap-4f53cda18c2b", snapshot_digest: digest, input: { size: 3 }, runledger_version: "0.1.0" },
  });
}

export const resumed = () => ofRun("run.resumed", { pid: 2, boot_id: "boot-1", head: { seq: 1, hash: "" } });
export const paused = (reason = "signal") => ofRun("run.paused", { reason });
export const completed = (output?: unknown) => ofRun("run.completed", output === undefined ? {} : { output });
export const failedRun = (error?: object) =>
  ofRun("run.failed", error === undefined ? { failed: [], blocked: [] } : { error });
export const aborted = (reason = "by hand") => ofRun("run.aborted", { reason });

/** An event about the run as a whole. */
export function ofRun(event: string, payload: Record<string, unknown>, agent = "system"): EventRecord {
  return eventRecord({ correlation_id: runId, from: { agent_type: agent }, event, payload });
}

/** A command for an agent (or a plain command, by `action: "exec"`). */
export function commanded(
  step: string,
  { attempt = 1, maxAttempts = 1, action = "implement", inputs = {} } = {},
): LedgerRecord {
  return {
    kind: "command",
    message_id: messageId(0),
    correlation_id: correlationOf(step),
    task_id: taskId,
    step,
    idempotency_key: keyOf(step),
    to: { agent_type: "builder" },
    action,
    inputs,
    expected_outputs: [],
    version: { snapshot_id: "snap-4f53cda18c2b" },
    retry: { attempt, max_attempts: maxAttempts },
  };
}

/** An event of the command of `step`, from its agent. */
export function told(step: string, event: string, more: Partial<EventRecord> = {}): EventRecord {
  return eventRecord({ correlation_id: correlationOf(step), from: { agent_type: "builder" }, event, step, ...more });
}

export const succeeded = (step: string, more: Partial<EventRecord> = {}) =>
  told(step, "builder.completed", { status: "success", ...more });
export const failed = (step: string, more: Partial<EventRecord> = {}) =>
  told(step, "error", { payload: { code: "NO_MONEY", message: "no money" }, ...more });
export const doubted = (step: string) => fromSystem(step, "step.in_doubt", {});
export const decided = (step: string, choice: string) => fromSystem(step, "system.user_decision", { step, choice });
export const blocked = (step: string, by: string[]): EventRecord => ({ ...ofRun("step.blocked", { by }), step });

function fromSystem(step: string, event: string, payload: Record<string, unknown>): EventRecord {
  return told(step, event, { payload, from: { agent_type: "system" } });
}

/** The end of a function call, the first that the ledger hears of it. */
export function called(step: string, { attempt = 1, status = "success", result = null as unknown } = {}): EventRecord {
  const command = { step, action: "call", idempotency_key: keyOf(step), inputs: {} };
  return told(step, "call.completed", { from: { agent_type: "call" }, status, payload: { result }, attempt, command });
}

/** The texts that stand for `entry`, if it is such a call as is appended by them. */
export function callRecordOf(entry: LedgerEntry): CallRecord | undefined {
  if (entry.kind !== "event" || entry.command === undefined || entry.artifacts !== undefined) return undefined;
  const { command, step, attempt, status } = entry;
  if (entry.event !== "call.completed" || status !== "success" || attempt !== 1 || step !== command.step)
    return undefined;
  return {
    kind: "call",
    step,
    taskId: entry.task_id,
    key: command.idempotency_key,
    correlationId: entry.correlation_id,
    messageId: entry.message_id,
    occurredAt: entry.occurred_at,
    inputs: canonicalJson(command.inputs),
    result: canonicalJson(entry.payload["result"]),
  };
}

export const logged = (message: string): LedgerRecord => ({ kind: "log", level: "info", message, timestamp: at });

export function beat(): LedgerRecord {
  const agent = { agent_type: "builder", agent_id: "builder-1" };
  return { kind: "heartbeat", agent, heartbeat_seq: 7, status: "busy", pid: 3, uptime_s: 1, last_activity_at: at };
}

export const keyOf = (step: string) => `ik:${sha256Hex(step)}`;
export const correlationOf = (step: string) => `0198f3a0-0000-5000-8000-${sha256Hex(step).slice(0, 12)}`;
export const messageId = (seq: number) => `0198f3a0-0000-7000-8000-${String(seq).padStart(12, "0")}`;

function eventRecord(more: Partial<EventRecord> & Pick<EventRecord, "correlation_id" | "from" | "event">): EventRecord {
  return { kind: "event", message_id: messageId(0), task_id: taskId, payload: {}, occurred_at: at, ...more };
}

function twoDigits(number: number): string {
  return String(Math.floor(number)).padStart(2, "0");
}
