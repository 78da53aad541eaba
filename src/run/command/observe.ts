import type { LedgerEntry } from "../../ledger/entry.ts";
import type { Clock } from "../../ports.ts";

/** An observer's fault is its own: it surfaces as an uncaught exception and leaves the ledger alone. */
export function observe(clock: Clock, onEntry: ((entry: LedgerEntry) => void) | undefined, entry: LedgerEntry): void {
  observed(clock, onEntry)?.(entry);
}

/** `observer`, so that what it throws surfaces by itself and hurts nobody who tells it something. */
export function observed<News>(
  clock: Clock,
  observer: ((news: News) => void) | undefined,
): ((news: News) => void) | undefined {
  if (observer === undefined) return undefined;
  return (news) => {
    try {
      observer(news);
    } catch (error) {
      clock.soon(() => {
        throw error;
      });
    }
  };
}
