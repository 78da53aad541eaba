import type { Disk } from "../durable/disk.ts";
import type { RunLayout } from "../durable/layout.ts";
import type { LedgerEntry } from "./entry.ts";
import { checkFirstEntry } from "./first-entry.ts";
import { type Damage, damageError, Floor } from "./floor.ts";
import { type Scan, scanLedger } from "./scan.ts";
import { readWatermark } from "./watermark.ts";

/** What a reader found at the end of a ledger. */
export interface LedgerEnd {
  readonly scan: Scan;
  readonly damage: Damage | undefined;
}

/**
 * The entries of a run's ledger, in order, for reading: nothing is repaired, written or locked, also while the run is
 * alive. Bytes behind the last whole entry that were never acknowledged are left out. Throws `LEDGER_DAMAGED` at the
 * end if acknowledged entries are missing or wrong.
 *
 * `checkChain: false` parses lines without checking hashes or the watermark: for views that nothing is decided by.
 */
export function* readEntries(disk: Disk, run: RunLayout, checkChain = true): Generator<LedgerEntry, LedgerEnd> {
  const end = yield* inspectEntries(disk, run, checkChain);
  if (end.damage !== undefined) throw damageError(run.ledger, end.damage);
  return end;
}

/** As {@link readEntries}, but damage is returned instead of thrown. */
export function* inspectEntries(disk: Disk, run: RunLayout, checkChain = true): Generator<LedgerEntry, LedgerEnd> {
  // The watermark first, then the ledger's size: a live writer moves them in the other order.
  const floor = new Floor(checkChain ? readWatermark(disk, run.watermark) : undefined);
  const file = disk.open(run.ledger, "read");
  try {
    const scanned = scanLedger(file, file.stat().sizeBytes, { checkChain });
    let step = scanned.next();
    for (; !step.done; step = scanned.next()) {
      if (step.value.seq === 1) checkFirstEntry(step.value.entry, run.ledger);
      floor.see(step.value);
      yield step.value.entry;
    }
    return { scan: step.value, damage: floor.damage(step.value) };
  } finally {
    file.close();
  }
}
