import { invariant, type RunledgerError } from "../errors.ts";
import { type Appended, type CallRecord, sealCall } from "./call-record.ts";
import type { Head, LedgerRecord, Place } from "./entry.ts";
import { sealLine } from "./line.ts";
import type { Watermark } from "./watermark.ts";

/** A sealed entry, and who waits for it. */
export interface Line {
  readonly appended: Appended;
  readonly bytes: Uint8Array;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: RunledgerError) => void;
}

/** Lines that have become durable and may be acknowledged, and where in the ledger the first of them begins. */
export interface Acknowledged {
  readonly lines: readonly Line[];
  readonly startByte: number;
}

/**
 * The lines of a ledger that are on their way to the disk. They pass three stations in order of seq: queued (sealed, in
 * memory), written (handed to the system), durable. Invariant: durable ≤ written ≤ head; what is being synced is written.
 */
export class Underway {
  /** Of the line that was queued last. */
  #head: Head;
  /** Up to here everything was acknowledged. Never goes back. */
  #durable: Watermark;
  #written: Line[] = [];
  #queued: Line[] = [];

  /** `durable`: all that is in the ledger. */
  constructor(durable: Watermark) {
    this.#head = durable.head;
    this.#durable = durable;
  }

  /** The last entry, durable or not. */
  get head(): Head {
    return this.#head;
  }

  /** How many wait, without those that are being synced. */
  get count(): number {
    return this.#queued.length + this.#written.length;
  }

  get hasQueued(): boolean {
    return this.#queued.length > 0;
  }

  get hasWritten(): boolean {
    return this.#written.length > 0;
  }

  /** Seals `record` behind the head and queues it. Throws `LINE_TOO_LONG`, and nothing has changed. */
  add(record: LedgerRecord | CallRecord, at: Place["at"], waiting: Pick<Line, "resolve" | "reject">): Appended {
    const place = { at, durable: this.#durable.head.seq, seq: this.#head.seq + 1 };
    const { appended, bytes } =
      record.kind === "call" ? sealCall(record, place, this.#head) : this.#seal(record, place);
    this.#head = { seq: appended.seq, hash: appended.hash };
    this.#queued.push({ appended, bytes, resolve: waiting.resolve, reject: waiting.reject });
    return appended;
  }

  #seal(record: LedgerRecord, place: Omit<Place, "hash">): Pick<Line, "appended" | "bytes"> {
    const { entry, bytes } = sealLine(record, place, this.#head);
    return { appended: entry, bytes };
  }

  /**
   * The bytes of what is queued, of the first `most` lines. They count as written from now on: of a write that fails
   * nobody knows how far it came.
   */
  takeQueued(most = Number.POSITIVE_INFINITY): Uint8Array {
    const batch = this.#queued;
    this.#queued = batch.splice(most);
    this.#written.push(...batch);
    const [only, second] = batch;
    return only !== undefined && second === undefined ? only.bytes : Buffer.concat(batch.map((line) => line.bytes));
  }

  /** What is written, to be synced by the caller, who then calls {@link becameDurable} or {@link putBack}, or rejects it. */
  takeWritten(): readonly Line[] {
    const batch = this.#written;
    this.#written = [];
    return batch;
  }

  putBack(batch: readonly Line[]): void {
    this.#written = [...batch, ...this.#written];
  }

  /** What is durable once `batch` is, which follows what is durable now. */
  durableWith(batch: readonly Line[]): Watermark {
    const { head, lengthBytes, bootId } = this.#durable;
    const last = batch[batch.length - 1]?.appended ?? head;
    let length = lengthBytes;
    for (const { bytes } of batch) length += bytes.length;
    return { head: { seq: last.seq, hash: last.hash }, lengthBytes: length, bootId };
  }

  /** `durable`: the watermark {@link durableWith} them. */
  becameDurable(lines: readonly Line[], durable: Watermark): Acknowledged {
    const startByte = this.#durable.lengthBytes;
    invariant(durable.head.seq <= this.#head.seq, "nothing is durable that was not queued");
    this.#durable = durable;
    return { lines, startByte };
  }

  /**
   * A recovery kept a prefix of what was written, to its end `found`: that is durable, and the rest is queued again.
   * Undefined, with nothing changed, if `found` is none of our entries.
   */
  recovered(found: Watermark): Acknowledged | undefined {
    const lines = [...this.#written, ...this.#queued];
    const kept = lines.filter(({ appended }) => appended.seq <= found.head.seq);
    const { head } = this.durableWith(kept);
    if (head.seq !== found.head.seq || head.hash !== found.head.hash) return undefined;
    this.#written = [];
    this.#queued = lines.slice(kept.length);
    return this.becameDurable(kept, found);
  }

  /** All that wait. After: none does. */
  drop(): readonly Line[] {
    const lines = [...this.#written, ...this.#queued];
    this.#written = [];
    this.#queued = [];
    return lines;
  }
}
