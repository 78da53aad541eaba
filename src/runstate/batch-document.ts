import { isBatchDone } from "./batch.ts";
import { failureOf } from "./failure.ts";
import type { BatchState, CommandState, RunState } from "./state.ts";
import type { BatchDocument, StepDocument } from "./state-schema.ts";

/** More items than these are counted, not listed: a document is read by people once a second. */
const mostListed = 100;

/** The members of a step's document that tell of its items. */
export function batchMembers(
  state: RunState,
  batch: BatchState,
  { alive, performedAfter }: { alive: boolean; performedAfter: number },
): Partial<StepDocument> & Pick<StepDocument, "status"> {
  const progress = progressOf(batch, alive);
  const outcome = batch.movedSeq > performedAfter ? "performed" : "reused";
  return {
    status: statusOf(state, batch, progress, alive),
    started_at: batch.expandedAt,
    ...(isBatchDone(batch) ? { outcome } : {}),
    ...(batch.error === undefined ? { batch: progress } : { error: batch.error }),
  };
}

function progressOf(batch: BatchState, alive: boolean): BatchDocument {
  const { total, completed, open, failed, skipped } = batch;
  // What a living process has in flight is running unless it was found in doubt.
  const running = alive ? [...open].filter((command) => command.inDoubtAttempt === undefined) : [];
  return {
    total,
    queued: total - completed - open.size - failed.size - skipped.size,
    running: running.length,
    in_doubt: open.size - running.length,
    completed,
    failed: failed.size,
    skipped: skipped.size,
    current: firstOf(open).map(itemOf),
    failures: firstOf(failed).map(failureDocument),
  };
}

function statusOf(state: RunState, batch: BatchState, progress: BatchDocument, alive: boolean): StepDocument["status"] {
  if (batch.error !== undefined) return "failed";
  if (isBatchDone(batch)) return "completed";
  const { queued, running, in_doubt: inDoubt, failed } = progress;
  if (alive && queued + running > 0) return "running";
  if (inDoubt > 0) return "in_doubt";
  if (queued > 0 && state.status !== "failed") return "pending";
  return failed > 0 ? "failed" : "skipped";
}

function failureDocument(command: CommandState): BatchDocument["failures"][number] {
  const { ended, attempt } = command;
  const reason = ended === undefined ? { code: "FAILED", message: "" } : failureOf(ended);
  return { item: itemOf(command), attempts: attempt, ...(ended && { receipt: ended.n }), ...reason };
}

function itemOf({ step }: CommandState): string {
  return step.slice(step.indexOf("[") + 1, -1);
}

function firstOf<Value>(values: Iterable<Value>): Value[] {
  const first: Value[] = [];
  for (const value of values) {
    if (first.length >= mostListed) break;
    first.push(value);
  }
  return first;
}
