import path from "node:path";
import type { DirectoryEntry } from "../../durable/disk.ts";
import { isRunId, type RunLayout } from "../../durable/layout.ts";
import { ownerOf } from "../../durable/replace.ts";
import { takeLock } from "../../durable/writer-lock.ts";
import { peekLedger } from "../../ledger/peek.ts";
import { readWatermark } from "../../ledger/watermark.ts";
import { runIds } from "./look-up.ts";
import { lockOwner } from "./owner.ts";
import type { Place } from "./store.ts";
import { removeUnborn, sweepTemporaries } from "./sweep-files.ts";
import type { World } from "./world.ts";

/**
 * True if the folder never became a run: no entry 1 was ever acknowledged in it (no valid one, and floor 0), and it
 * holds nothing but the files that a start leaves. Receipts or run.json without a ledger are what is left of a run, not
 * of a start.
 */
export function isUnborn(world: World, place: Place, runId: string): boolean {
  const run = place.layout.run(runId);
  if (peekLedger(world.disk, run.ledger) !== undefined || !isOfAStart(world, run, runId)) return false;
  const hasLedger = world.disk.stat(run.ledger) !== undefined;
  try {
    return (readWatermark(world.disk, run.watermark)?.head.seq ?? 0) === 0;
  } catch {
    // Both slots are durable before the ledger's file is created: without it, the watermark was never whole.
    return !hasLedger;
  }
}

function isOfAStart(world: World, run: RunLayout, runId: string): boolean {
  if (!isRunId(runId)) return false;
  const left = new Set([run.ledger, run.watermark, run.lock, run.task].map((file) => path.basename(file)));
  const isLeft = ({ name, kind }: DirectoryEntry) =>
    kind !== "directory" && (left.has(name) || ownerOf(name) === runId);
  return world.disk.list(run.directory).every(isLeft);
}

/**
 * Removes the folders of starts that died before their run began. Others without a readable ledger are left alone, and
 * told. The caller holds the start lock.
 */
export function removeUnbornRuns(world: World, place: Place, onLeft: (message: string) => void): void {
  for (const runId of runIds(world, place)) {
    const run = place.layout.run(runId);
    if (!isUnborn(world, place, runId)) {
      if (peekLedger(world.disk, run.ledger) !== undefined) continue;
      onLeft(`${run.directory} has no readable ledger; it was left alone. See: runledger doctor`);
      continue;
    }
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
