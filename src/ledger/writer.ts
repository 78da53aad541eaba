import type { DiskFile } from "../durable/disk.ts";
import { errnoOf, invariant, RunledgerError } from "../errors.ts";
import { type Clock, timestamp } from "../ports.ts";
import type { Head, LedgerEntry, LedgerRecord } from "./entry.ts";
import { sealLine } from "./line.ts";
import type { Ledger, OnDurable } from "./port.ts";
import { SyncPace } from "./sync-pace.ts";
import type { Watermark, WatermarkFile } from "./watermark.ts";

export interface WriterParts {
  /** Open for appending, at its end. */
  readonly file: DiskFile;
  readonly watermarkFile: WatermarkFile;
  /** What is durable now. */
  readonly durable: Watermark;
  readonly clock: Clock;
  readonly onDurable: OnDurable;
}

interface Line {
  readonly entry: LedgerEntry;
  readonly bytes: Uint8Array;
  readonly resolve: (entry: LedgerEntry) => void;
  readonly reject: (error: RunledgerError) => void;
}

/** A posted entry is durable at the latest after this time, so that who watches a quiet run sees it. */
const postedDelayMs = 25;
const watermarkSyncEveryMs = 1000;

/**
 * The one writer of a ledger, with group commit: what is queued is written at once and made durable by one fdatasync.
 *
 * Entries pass three stations in order of seq: queued (sealed, in memory), written (handed to the system), durable.
 * Invariant: durable ≤ written ≤ head. A promise of `append` is kept only at the third. If the process dies, what
 * was written survives; if the machine dies, what was durable does.
 */
export class LedgerWriter implements Ledger {
  readonly #parts: WriterParts;
  readonly #pace: SyncPace;
  #head: Head;
  /** The durable prefix; moved only by {@link #acknowledge}. */
  #durable: Watermark;
  #queued: Line[] = [];
  #written: Line[] = [];
  #syncing: Promise<void> | undefined;
  #commitPlanned = false;
  #callOffDelayed: (() => void) | undefined;
  #watermarkSyncedMs: number;
  #failure: RunledgerError | undefined;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#head = parts.durable.head;
    this.#durable = parts.durable;
    this.#pace = new SyncPace(parts.clock);
    this.#watermarkSyncedMs = parts.clock.monotonicMs();
  }

  get head(): Head {
    return this.#head;
  }

  append(record: LedgerRecord, options: { alone?: boolean } = {}): Promise<LedgerEntry> {
    return new Promise((resolve, reject) => {
      this.#enqueue(record, resolve, reject);
      const now = options.alone === true && this.#syncing === undefined && this.#pace.maySyncNow();
      if (now) this.#commit();
      else this.#planCommit();
    });
  }

  post(record: LedgerRecord): LedgerEntry {
    const entry = this.#enqueue(record, ignore, ignore);
    this.#writeQueued();
    if (this.#failure !== undefined) throw this.#failure;
    this.#callOffDelayed ??= this.#parts.clock.after(postedDelayMs, () => this.#planCommit());
    return entry;
  }

  async settle(): Promise<void> {
    while (this.#syncing !== undefined || this.#queued.length + this.#written.length > 0) {
      if (this.#syncing === undefined) this.#commit();
      await this.#syncing;
      if (this.#failure !== undefined) break;
    }
    if (this.#failure !== undefined) throw this.#failure;
    this.#guard(() => this.#parts.watermarkFile.sync());
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    try {
      await this.settle();
    } finally {
      this.#callOffDelayed?.();
      this.#failure ??= new RunledgerError(
        "WRITER_CLOSED",
        "the ledger was closed; nothing more can be appended to it",
      );
      this.#parts.file.close();
      this.#parts.watermarkFile.close();
    }
  }

  #enqueue(record: LedgerRecord, resolve: Line["resolve"], reject: Line["reject"]): LedgerEntry {
    if (this.#failure !== undefined) throw poisoned(this.#failure);
    const place = {
      at: timestamp(this.#parts.clock),
      durable: this.#durable.head.seq,
      seq: this.#head.seq + 1,
    };
    const { entry, bytes } = sealLine(record, place, this.#head);
    this.#head = { seq: entry.seq, hash: entry.hash };
    this.#queued.push({ entry, bytes, resolve, reject });
    return entry;
  }

  #planCommit(): void {
    if (this.#commitPlanned || this.#syncing !== undefined) return;
    this.#commitPlanned = true;
    this.#parts.clock.soon(() => {
      this.#commitPlanned = false;
      this.#pace.turnStarted();
      if (this.#syncing === undefined) this.#commit();
    });
  }

  /** Makes all that is queued or written durable: here and now while syncs are short, else in the thread pool. */
  #commit(): void {
    this.#writeQueued();
    if (this.#written.length === 0) return;
    const batch = this.#written;
    this.#written = [];
    if (!this.#pace.syncsAreShort()) {
      this.#commitInBackground(batch);
      return;
    }
    this.#guard(() => this.#pace.measure(() => this.#parts.file.datasync()), batch);
    this.#acknowledge(batch);
  }

  #commitInBackground(batch: Line[]): void {
    this.#syncing = this.#pace
      .measureAsync(() => this.#parts.file.datasyncInBackground())
      .catch((error: unknown) => this.#poison(error, batch))
      .then(() => {
        this.#syncing = undefined;
        this.#acknowledge(batch);
        if (this.#queued.length + this.#written.length > 0) this.#planCommit();
      });
  }

  #writeQueued(): void {
    if (this.#queued.length === 0 || this.#failure !== undefined) return;
    const batch = this.#queued;
    this.#queued = [];
    const bytes = batch.length === 1 ? batch[0]?.bytes : Buffer.concat(batch.map((line) => line.bytes));
    this.#guard(() => this.#parts.file.write(bytes ?? new Uint8Array()), batch);
    if (this.#failure === undefined) this.#written.push(...batch);
  }

  /** The batch is durable: note it beside the ledger, then say so to everyone in order. */
  #acknowledge(batch: Line[]): void {
    // Another write failed while this batch was being synced: it may be durable, but it was not acknowledged.
    if (this.#failure !== undefined) {
      this.#reject(batch, this.#failure);
      return;
    }
    const last = batch.at(-1);
    invariant(last !== undefined, "a commit holds at least one entry");
    const lengthBytes = batch.reduce((sum, line) => sum + line.bytes.length, this.#durable.lengthBytes);
    const durable = { head: { seq: last.entry.seq, hash: last.entry.hash }, lengthBytes, bootId: this.#durable.bootId };
    this.#guard(() => this.#noteWatermark(durable), batch);
    if (this.#failure !== undefined) return;
    this.#durable = durable;
    if (this.#written.length === 0) this.#forgetDelayed();
    this.#guard(() => {
      for (const line of batch) {
        this.#parts.onDurable(line.entry);
        line.resolve(line.entry);
      }
    }, batch);
  }

  #forgetDelayed(): void {
    this.#callOffDelayed?.();
    this.#callOffDelayed = undefined;
  }

  #noteWatermark(durable: Watermark): void {
    this.#parts.watermarkFile.write(durable);
    const now = this.#parts.clock.monotonicMs();
    if (now - this.#watermarkSyncedMs < watermarkSyncEveryMs) return;
    this.#parts.watermarkFile.sync();
    this.#watermarkSyncedMs = now;
  }

  #guard(action: () => void, batch: Line[] = []): void {
    try {
      action();
    } catch (error) {
      this.#poison(error, batch);
    }
  }

  /** After a failed write or sync nothing is known about the bytes: this handle is never written again. */
  #poison(error: unknown, batch: Line[]): void {
    this.#failure ??= writeFailed(this.#parts.file.path, error);
    const waiting = [...batch, ...this.#written, ...this.#queued];
    this.#written = [];
    this.#queued = [];
    this.#forgetDelayed();
    this.#reject(waiting, this.#failure);
  }

  /** Those that were told of success before do not hear of it. */
  #reject(lines: Line[], failure: RunledgerError): void {
    for (const line of lines) line.reject(failure);
  }
}

function ignore(): void {}

function writeFailed(path: string, cause: unknown): RunledgerError {
  if (cause instanceof RunledgerError) return cause;
  const errno = errnoOf(cause);
  if (errno === undefined)
    return new RunledgerError("INVARIANT", `${path}: appending failed without a system error`, { cause });
  return new RunledgerError(
    "WRITE_FAILED",
    `${path}: could not be written (${errno}); what was acknowledged before is safe`,
    {
      hint:
        errno === "ENOSPC" || errno === "EDQUOT"
          ? "Free some space, then resume the run."
          : "Mend the disk, then resume the run.",
      details: { file: path, errno },
      cause,
    },
  );
}

function poisoned(failure: RunledgerError): RunledgerError {
  if (failure.code === "WRITER_CLOSED") return failure;
  return new RunledgerError("WRITER_POISONED", `nothing more is appended after a failure: ${failure.message}`, {
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    details: failure.details,
    cause: failure,
  });
}
