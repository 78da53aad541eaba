import type { DiskFile } from "../durable/disk.ts";
import { RunledgerError } from "../errors.ts";
import { type Clock, timestamp } from "../ports.ts";
import type { Appended, CallRecord, FinishedCall } from "./call-record.ts";
import type { Head, LedgerEntry, LedgerRecord } from "./entry.ts";
import { openedAnew, type Reopening } from "./opened-anew.ts";
import type { AppendOptions, Ledger, OnDurable } from "./port.ts";
import { SyncPace } from "./sync-pace.ts";
import { type Acknowledged, type Line, Underway } from "./underway.ts";
import type { Watermark, WatermarkFile } from "./watermark.ts";
import { poisoned, writeFailed } from "./write-failure.ts";

/** A ledger that is open for appending. */
export interface OpenFiles {
  /** At its end. */
  readonly file: DiskFile;
  readonly watermarkFile: WatermarkFile;
  /** What is durable now: all that is there. */
  readonly durable: Watermark;
}

export interface WriterParts {
  readonly files: OpenFiles;
  readonly clock: Clock;
  readonly onDurable: OnDurable;
  /** How a failure that passes by itself is met. Undefined: as any other. */
  readonly mending: Reopening<OpenFiles> | undefined;
}

/** A posted entry is durable at the latest after this time, so that who watches a quiet run sees it. */
const postedDelayMs = 25;

/**
 * The one writer of a ledger, with group commit: what is queued is written at once and made durable by one fdatasync; of very
 * many, half at a time ({@link SyncPace}).
 *
 * Entries are queued, written and durable ({@link Underway}). A promise of `append` is kept only at the third. If the
 * process dies, what was written survives; if the machine dies, what was durable does.
 *
 * After a failed write or sync nothing is known about the bytes, so these files are never written again. If the
 * failure is one that passes by itself, the ledger is opened anew, through recovery; what that finds durable is
 * acknowledged, the rest is written again, byte by byte as it was sealed.
 */
export class LedgerWriter implements Ledger {
  readonly #parts: WriterParts;
  readonly #pace: SyncPace;
  readonly #underway: Underway;
  #files: OpenFiles;
  #syncing: Promise<void> | undefined;
  /** While the ledger is being opened anew nothing is written; what is appended queues. */
  #mending: Promise<void> | undefined;
  #commitPlanned = false;
  /** How many were about to append, as the latest append said. It may be stale: it decides only how much one sync takes. */
  #inFlight = 0;
  #callOffDelayed: (() => void) | undefined;
  #failure: RunledgerError | undefined;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#files = parts.files;
    this.#underway = new Underway(parts.files.durable);
    this.#pace = new SyncPace(parts.clock);
  }

  get head(): Head {
    return this.#underway.head;
  }

  append(record: LedgerRecord, options?: AppendOptions): Promise<LedgerEntry> {
    return this.#append(record, options) as Promise<LedgerEntry>;
  }

  appendCall(call: CallRecord, options?: AppendOptions): Promise<FinishedCall> {
    return this.#append(call, options) as Promise<FinishedCall>;
  }

  post(record: LedgerRecord): LedgerEntry {
    const entry = this.#enqueue(record, { resolve: ignore, reject: ignore });
    this.#writeQueued();
    if (this.#failure !== undefined) throw this.#failure;
    this.#callOffDelayed ??= this.#parts.clock.after(postedDelayMs, () => this.#planCommit());
    return entry as LedgerEntry;
  }

  async settle(): Promise<void> {
    await this.#drain();
    this.#guard(() => this.#files.watermarkFile.sync());
    await this.#drain();
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
      // What came since all was durable: nobody would ever write it.
      this.#reject(this.#underway.drop(), this.#failure);
      this.#closeFiles();
    }
  }

  get #isBusy(): boolean {
    return this.#syncing !== undefined || this.#mending !== undefined;
  }

  get #takesTurns(): boolean {
    return this.#pace.takesTurns(this.#inFlight);
  }

  #append(record: LedgerRecord | CallRecord, { inFlight = 2 }: AppendOptions = {}): Promise<Appended> {
    this.#inFlight = inFlight;
    return new Promise((resolve, reject) => {
      this.#enqueue(record, { resolve, reject });
      if (inFlight <= 1 && !this.#isBusy && this.#pace.maySyncNow()) this.#commit();
      else this.#planCommit();
    });
  }

  /** Nothing waits when this resolves. */
  async #drain(): Promise<void> {
    while (this.#isBusy || this.#underway.count > 0) {
      if (!this.#isBusy) this.#commit();
      await (this.#mending ?? this.#syncing);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #enqueue(record: LedgerRecord | CallRecord, waiting: Pick<Line, "resolve" | "reject">): Appended {
    if (this.#failure !== undefined) throw poisoned(this.#failure);
    return this.#underway.add(record, timestamp(this.#parts.clock), waiting);
  }

  #planCommit(): void {
    if (this.#commitPlanned || this.#isBusy) return;
    this.#commitPlanned = true;
    this.#parts.clock.soon(() => {
      this.#commitPlanned = false;
      this.#pace.turnStarted();
      if (!this.#isBusy) this.#commit();
    });
  }

  /**
   * Makes all that is queued or written durable, here and now while syncs are short, else in the background; or the lines
   * of half of those in flight, if they take turns.
   */
  #commit(): void {
    // Asked once: it may not change between writing and syncing.
    const takesTurns = this.#takesTurns;
    this.#writeQueued(takesTurns ? this.#inFlight >> 1 : undefined);
    if (this.#mending !== undefined || !this.#underway.hasWritten) return;
    const batch = this.#underway.takeWritten();
    const durable = this.#underway.durableWith(batch);
    if (!this.#guard(() => this.#files.watermarkFile.prepare(durable), batch)) return;
    if (takesTurns || !this.#pace.syncsAreShort()) {
      this.#commitInBackground(batch, durable);
      return;
    }
    const synced = this.#guard(() => this.#pace.measure(() => this.#files.file.datasync()), batch);
    if (synced) this.#acknowledge(batch, durable);
  }

  #commitInBackground(batch: readonly Line[], durable: Watermark): void {
    this.#syncing = this.#pace
      .measureAsync(() => this.#files.file.datasyncInBackground())
      .then(
        () => {
          this.#syncing = undefined;
          this.#acknowledge(batch, durable);
          this.#goOn();
        },
        (error: unknown) => {
          this.#syncing = undefined;
          this.#fail(error, batch);
        },
      );
  }

  /**
   * Nothing waits without a commit that is planned or under way. Those who take turns do not wait for those who have just
   * been acknowledged, and who work during the next sync.
   */
  #goOn(): void {
    if (this.#underway.count === 0) return;
    if (this.#takesTurns) this.#commit();
    else this.#planCommit();
  }

  #writeQueued(most?: number): void {
    if (!this.#underway.hasQueued || this.#failure !== undefined || this.#mending !== undefined) return;
    const bytes = this.#underway.takeQueued(most);
    this.#guard(() => this.#files.file.write(bytes));
  }

  /** The batch is durable: note it beside the ledger, then say so to everyone in order. */
  #acknowledge(batch: readonly Line[], durable: Watermark): void {
    // Another write failed while this batch was being synced: it may be durable, but it was not acknowledged.
    if (this.#failure !== undefined) {
      this.#reject(batch, this.#failure);
      return;
    }
    if (this.#mending !== undefined) {
      this.#underway.putBack(batch);
      return;
    }
    if (!this.#guard(() => this.#files.watermarkFile.write(), batch)) return;
    this.#parts.mending?.retries.succeeded();
    if (!this.#underway.hasWritten) this.#forgetDelayed();
    this.#tell(this.#underway.becameDurable(batch, durable));
  }

  /** What an observer throws is no failure of the disk, and is not mended. */
  #tell({ lines, startByte: first }: Acknowledged): void {
    let startByte = first;
    try {
      for (const { appended, bytes, resolve } of lines) {
        const endByte = startByte + bytes.length;
        this.#parts.onDurable(appended, { seq: appended.seq, startByte, endByte });
        resolve(appended);
        startByte = endByte;
      }
    } catch (error) {
      this.#poison(error, lines);
    }
  }

  #forgetDelayed(): void {
    this.#callOffDelayed?.();
    this.#callOffDelayed = undefined;
  }

  /** False if `action` failed: then `batch`, the lines it was about, still waits, or was rejected with the rest. */
  #guard(action: () => void, batch: readonly Line[] = []): boolean {
    try {
      action();
      return true;
    } catch (error) {
      this.#fail(error, batch);
      return false;
    }
  }

  #fail(error: unknown, batch: readonly Line[]): void {
    const { mending } = this.#parts;
    if (this.#failure !== undefined || mending === undefined || !mending.retries.isWorthIt(error)) {
      this.#poison(error, batch);
      return;
    }
    this.#underway.putBack(batch);
    this.#mending ??= this.#mend(error, mending).catch((fault: unknown) => {
      this.#mending = undefined;
      this.#poison(fault, []);
    });
  }

  /** Before: these files failed. After: the ledger is open anew, and all that waits is durable or queued. Throws why not. */
  async #mend(failure: unknown, { retries, reopen }: Reopening<OpenFiles>): Promise<void> {
    const closeAndReopen = () => {
      this.#closeFiles();
      return reopen();
    };
    this.#files = await openedAnew(failure, { retries, reopen: closeAndReopen }, async (error) => {
      await Promise.all([this.#syncing, retries.pause(error, this.#underway.count)]);
      return this.#failure === undefined;
    });
    this.#mending = undefined;
    this.#takeOver();
  }

  /** What recovery kept is durable now, the rest is written again. */
  #takeOver(): void {
    const { durable } = this.#files;
    const kept = this.#underway.recovered(durable);
    if (kept === undefined) {
      this.#poison(new Error(`entry ${durable.head.seq} of the ledger is not the one that this process wrote`), []);
      return;
    }
    this.#forgetDelayed();
    this.#tell(kept);
    this.#goOn();
  }

  #closeFiles(): void {
    try {
      this.#files.file.close();
    } finally {
      this.#files.watermarkFile.close();
    }
  }

  #poison(error: unknown, batch: readonly Line[]): void {
    this.#failure ??= writeFailed(this.#files.file.path, error, this.#parts.mending?.retries.attempts ?? 1);
    const waiting = [...batch, ...this.#underway.drop()];
    this.#forgetDelayed();
    this.#reject(waiting, this.#failure);
  }

  /** Those that were told of success before do not hear of it. */
  #reject(lines: readonly Line[], failure: RunledgerError): void {
    for (const line of lines) line.reject(failure);
  }
}

function ignore(): void {}
