import { takeLock } from "../../durable/writer-lock.ts";
import { peekLedger } from "../../ledger/peek.ts";
import { readWatermark } from "../../ledger/watermark.ts";
import { runIds } from "./look-up.ts";
import { lockOwner } from "./owner.ts";
import type { Place } from "./store.ts";
import { removeUnborn, sweepTemporaries } from "./sweep-files.ts";
import type { World } from "./world.ts";

/**
 * True if the folder never became a run: no entry 1 was ever acknowledged in it (no valid one, and floor 0).
 */
export function isUnborn(world: World, place: Place, runId: string): boolean {
  const run = place.layout.run(runId);
  if (peekLedger(world.disk, run.ledger) !== undefined) return false;
  const hasLedger = world.disk.stat(run.ledger) !== undefined;
  try {
    return (readWatermark(world.disk, run.watermark)?.head.seq ?? 0) === 0;
  } catch {
    // Both slots are durable before the ledger's file is created: without it, the watermark was never whole.
    return !hasLedger;
  }
}

/** Removes the folders of starts that died before their run began. The caller holds the start lock. */
export function removeUnbornRuns(world: World, place: Place): void {
  for (const runId of runIds(world, place)) {
    if (!isUnborn(world, place, runId)) continue;
    const run = place.layout.run(runId);
    const lock = takeLock(world.disk, run.lock, lockOwner(world));
    if (lock === undefined) continue;
    try {
      sweepTemporaries(world, place, runId);
      removeUnborn(world, run);
    } finally {
      lock.release();
    }
  }
}
