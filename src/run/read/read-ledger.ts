import type { LedgerEntry } from "../../ledger/entry.ts";
import { readEntries } from "../../ledger/read.ts";
import { findRun, type ReadOptions } from "../place/find-run.ts";
import { asRunledgerError } from "../place/system-error.ts";
import { checkSeq } from "./read-run.ts";

export interface ReadLedgerOptions extends ReadOptions {
  runId: string;
  /** seq of the first and of the last entry to be yielded. Default: all. */
  from?: number | undefined;
  to?: number | undefined;
}

/**
 * The entries of a run in order, their chain checked from entry 1 on. Streams; nothing is written or locked, and the run
 * may be alive. Bytes behind the last entry that were never acknowledged are left out. Throws, when it gets there,
 * `RUN_NOT_FOUND`, `LEDGER_DAMAGED` and the like; what was yielded before is sound.
 */
export function* readLedger(options: ReadLedgerOptions): Generator<LedgerEntry> {
  const { world, run, runId } = findRun(options);
  const { from = 1, to = Number.POSITIVE_INFINITY } = options;
  for (const [name, seq] of Object.entries({ from, to: options.to })) checkSeq(name, seq);
  try {
    for (const entry of readEntries(world.disk, run)) {
      if (entry.seq > to) return;
      if (entry.seq >= from) yield entry;
    }
  } catch (error) {
    throw asRunledgerError(error, `${runId} cannot be read`, "READ_FAILED");
  }
}
