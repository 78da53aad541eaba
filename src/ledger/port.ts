import type { Appended, CallRecord, FinishedCall } from "./call-record.ts";
import type { Head, LedgerEntry, LedgerRecord } from "./entry.ts";
import type { EntryPlace } from "./read-back.ts";

/**
 * A ledger open for writing, as the rest of runledger sees it: nothing to the right of `ledger/` knows about files;
 * the place of an entry is only kept, and handed back to who reads entries again.
 * There is one writer a run.
 */
export interface Ledger {
  /** The last entry that is written, durable or not. */
  readonly head: Head;
  /**
   * Appends at the head. When the promise resolves, the entry and all before it are durable. Appends of one turn of
   * the event loop, and those that arrive during a sync, share one; of 50 or more in flight, half may be synced at a
   * time. Rejects with `LINE_TOO_LONG` (nothing written) or `WRITE_FAILED` / `WRITER_POISONED`
   * (nothing more is appended on this handle).
   */
  append(record: LedgerRecord, options?: AppendOptions): Promise<LedgerEntry>;
  /** The same for a function step that has succeeded. Its texts are trusted: no `LINE_TOO_LONG`. */
  appendCall(call: CallRecord, options?: AppendOptions): Promise<FinishedCall>;
  /**
   * Writes at the head and waits for nobody: handed to the system when this returns, durable with the next sync
   * (25 ms later at the latest). A failure poisons the ledger.
   */
  post(record: LedgerRecord): LedgerEntry;
  /** Everything written is durable, the watermark too. */
  settle(): Promise<void>;
  /** Settles, and frees the ledger. */
  close(): Promise<void>;
}

export interface AppendOptions {
  /** How many are about to append, this one included; 2 if it is not known. With one alone the sync may start at once. */
  readonly inFlight?: number;
}

/**
 * Told what was appended, in the order of seq, once it is durable, with its place. It may not append before it returns.
 * What it throws poisons the ledger.
 */
export type OnDurable = (appended: Appended, place: EntryPlace) => void;
