import type { LedgerEntry } from "../../ledger/entry.ts";
import type { Clock } from "../../ports.ts";

/** An observer's fault is its own: it surfaces as an uncaught exception and leaves the ledger alone. */
export function observe(clock: Clock, onEntry: ((entry: LedgerEntry) => void) | undefined, entry: LedgerEntry): void {
  try {
    onEntry?.(entry);
  } catch (error) {
    clock.soon(() => {
      throw error;
    });
  }
}
