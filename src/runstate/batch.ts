import type { EventEntry } from "../ledger/entry.ts";
import { isFailure } from "../protocol/event-names.ts";
import { type BatchState, type CommandState, isDone, type RunState } from "./state.ts";

/** The batch that the item named `ref` belongs to; undefined if it names no item. */
export function batchOfRef(state: RunState, ref: string): BatchState | undefined {
  const at = ref.indexOf("[");
  return at < 0 ? undefined : state.batches.get(ref.slice(0, at));
}

/** The list that `step` expanded to is made once; only where none could be made, a later one counts. */
export function evolveExpanded(state: RunState, entry: EventEntry): void {
  const { step = "", payload } = entry;
  if (state.batches.get(step)?.error === undefined && state.batches.has(step)) return;
  const { items, count, needs, code, message } = payload;
  state.batches.set(step, {
    step,
    items,
    total: typeof count === "number" ? count : 0,
    needs,
    error: isFailure(entry) ? { code: String(code), message: String(message) } : undefined,
    expandedAt: entry.at,
    movedSeq: entry.seq,
    completed: 0,
    open: new Set(),
    failed: new Set(),
    skipped: new Set(),
  });
}

/**
 * Counts what became of an item after an entry about it. What an item printed and was asked is let go once it has
 * succeeded, so that memory goes by the number of items and not by their size: whoever asks reads it in the ledger.
 */
export function moveItem(batch: BatchState, command: CommandState, seq: number): void {
  const wasOpen = batch.open.delete(command);
  batch.failed.delete(command);
  batch.skipped.delete(command);
  batch.movedSeq = seq;
  if (isDone(command)) {
    if (wasOpen) batch.completed += 1;
    command.inputs = {};
  } else if (command.ended !== undefined) batch.failed.add(command);
  else if (command.skipped) batch.skipped.add(command);
  else batch.open.add(command);
}

const rememberedMessage = 500;

/** What is remembered of an item's terminal payload: why it failed, and who says so. */
export function rememberedPayload(payload: Record<string, unknown>): Record<string, unknown> {
  const kept = ["code", "message", "settled_by"].filter((name) => typeof payload[name] === "string");
  return Object.fromEntries(kept.map((name) => [name, String(payload[name]).slice(0, rememberedMessage)]));
}

/** True if every item has succeeded. An empty list has. */
export function isBatchDone(batch: BatchState): boolean {
  return batch.error === undefined && batch.completed === batch.total;
}

/** True if the step has succeeded: its command, or each of its items. */
export function isStepDone(state: RunState, step: string): boolean {
  const batch = state.batches.get(step);
  if (batch !== undefined) return isBatchDone(batch);
  const key = state.keyOfStep.get(step);
  return key !== undefined && isDone(state.commands.get(key));
}
