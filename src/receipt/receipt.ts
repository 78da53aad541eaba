import { canonicalJson } from "../idempotency/canonical.ts";
import type { LedgerEntry } from "../ledger/entry.ts";
import type { Artifact } from "../protocol/fields.ts";
import { type CommandState, type Ending, keyOfEvent, type RunState } from "../runstate/state.ts";
import type { Receipt } from "./receipt-schema.ts";

/** The command that `entry` ended, and its ending; undefined if it ended none. `state` is the one after `entry`. */
export function endedBy(state: RunState, entry: LedgerEntry): { command: CommandState; ended: Ending } | undefined {
  if (entry.kind !== "event") return undefined;
  const command = state.commands.get(keyOfEvent(state, entry) ?? "");
  const ended = command?.ended;
  return command === undefined || ended?.seq !== entry.seq ? undefined : { command, ended };
}

/** Receipts of functions and of items are packed, one a line; those of agents and plain commands are files of their own. */
export function isPacked({ action, step }: Pick<Receipt, "action" | "step">): boolean {
  return action === "call" || step.endsWith("]");
}

/**
 * The receipt of a terminal event: a function of the ledger alone, so that a rebuilt one is the same to the byte.
 * `artifacts` are those of the event, read back if they were stored as an object.
 */
export function receiptOf(state: RunState, command: CommandState, ended: Ending, artifacts: Artifact[]): Receipt {
  return {
    version: 1,
    run_id: state.runId,
    task_id: state.taskId,
    step: command.step,
    n: ended.n,
    status: ended.status,
    attempt: ended.attempt,
    action: command.action,
    idempotency_key: command.key,
    snapshot_id: state.snapshotId,
    ...(command.messageId === undefined ? {} : { command_message_id: command.messageId }),
    correlation_id: command.correlationId,
    artifacts,
    events: [...command.eventIds, ended.messageId],
    seq: ended.seq,
    entry_hash: ended.hash,
    created_at: ended.at,
  };
}

/** The bytes of a receipt's file: two-space indent, final newline. */
export function receiptFile(receipt: Receipt): Uint8Array {
  return Buffer.from(`${JSON.stringify(receipt, null, 2)}\n`);
}

/** The text of a packed receipt: canonical JSON and LF. */
export function receiptLine(receipt: Receipt): string {
  const ordered = inKeyOrder(receipt);
  // Without artifacts there is nothing in it that could be no canonical JSON.
  const text = receipt.artifacts.length === 0 ? JSON.stringify(ordered) : canonicalJson(ordered);
  return `${text}\n`;
}

function inKeyOrder(receipt: Receipt): Receipt {
  const sent = receipt.command_message_id;
  return {
    action: receipt.action,
    artifacts: receipt.artifacts,
    attempt: receipt.attempt,
    ...(sent === undefined ? {} : { command_message_id: sent }),
    correlation_id: receipt.correlation_id,
    created_at: receipt.created_at,
    entry_hash: receipt.entry_hash,
    events: receipt.events,
    idempotency_key: receipt.idempotency_key,
    n: receipt.n,
    run_id: receipt.run_id,
    seq: receipt.seq,
    snapshot_id: receipt.snapshot_id,
    status: receipt.status,
    step: receipt.step,
    task_id: receipt.task_id,
    version: receipt.version,
  };
}
