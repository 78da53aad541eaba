import { makeDirectories, syncDirectories } from "../durable/directories.ts";
import type { Disk } from "../durable/disk.ts";
import type { RunLayout } from "../durable/layout.ts";
import { replaceFile } from "../durable/replace.ts";
import type { CallNews } from "../ledger/call-record.ts";
import type { LedgerEntry } from "../ledger/entry.ts";
import type { ScannedCall } from "../ledger/scan.ts";
import { type Randomness, randomHex } from "../ports.ts";
import type { Artifact, ObjectRef } from "../protocol/fields.ts";
import type { RunState } from "../runstate/state.ts";
import { CallReceipts, callReceipt, mostCallBytes } from "./call-receipt.ts";
import { PackedReceipts } from "./packed-receipts.ts";
import { endedBy, isPacked, receiptFile, receiptLine, receiptOf } from "./receipt.ts";
import type { Receipt } from "./receipt-schema.ts";

export interface ReceiptPlace {
  readonly disk: Disk;
  readonly randomness: Randomness;
  readonly store: string;
  readonly run: RunLayout;
  readonly runId: string;
  readonly taskId: string;
  readonly artifactsOf: (recorded: Artifact[] | ObjectRef) => Artifact[];
}

/**
 * The receipts of a run, issued from the fold: during the replay those that a crash kept from being written, afterwards
 * one for each terminal event.
 */
export class ReceiptBook {
  readonly #place: ReceiptPlace;
  readonly #packed: PackedReceipts;
  /** Numbers of the receipt files that were there when the run was opened. */
  readonly #present: Set<number>;
  #pending: Receipt[] = [];
  #calls: CallReceipts | undefined;

  /** Only reads: whether the ledger is sound is not known yet. */
  constructor(place: ReceiptPlace) {
    this.#place = place;
    this.#packed = new PackedReceipts(place.disk, place.run.callReceipts(place.taskId));
    this.#present = receiptNumbers(place.disk, place.run.receiptsOf(place.taskId));
  }

  /** `state` is the one after `entry`. Nothing is written yet. */
  see(state: RunState, entry: LedgerEntry): void {
    const end = endedBy(state, entry);
    if (end === undefined) return;
    const { command, ended } = end;
    const receipt = receiptOf(state, command, ended, this.#place.artifactsOf(ended.artifacts));
    if (isPacked(receipt)) this.#packed.expect(receiptLine(receipt));
    else if (!this.#isThere(receipt)) this.#pending.push(receipt);
  }

  /** {@link see} for a call that is not parsed, whose event is the `n`-th terminal one. */
  seeCall(state: RunState, line: ScannedCall, n: number): void {
    const calls = this.#callsOf(state);
    const isThere = this.#packed.hasKnown(mostCallBytes, (view, start) => calls.endOf(view, start, line.call, n));
    if (!isThere) this.#packed.expect(receiptLine(callReceipt(state, line, n)));
  }

  /** {@link see} for a call that has just been appended. */
  seeAppended(state: RunState, { seq, hash, at, step, key, messageId, correlationId }: CallNews): void {
    const calls = this.#callsOf(state);
    const n = state.terminalEvents;
    // Only these wait with it, not the line.
    this.#packed.expectLater(() => calls.line({ seq, hash, at, step, key, messageId, correlationId }, n));
  }

  /** To be called once, after the replay and before anything is appended: what a crash kept from being written is. */
  replayed(): void {
    const { disk, store, run, taskId } = this.#place;
    makeDirectories(disk, store, run.receiptsOf(taskId));
    // Up to the run's directory, where `receipts` may be new; those above have been synced when the ledger was opened.
    syncDirectories(disk, run.receipts, run.receiptsOf(taskId));
    this.#packed.replayed();
    this.write();
  }

  /** The receipts of agents and plain commands seen so far are durable; those of functions and items are, once a group is full. */
  write(): void {
    const { disk, randomness, run, runId, taskId } = this.#place;
    for (const receipt of this.#pending) {
      if (this.#present.has(receipt.n)) this.#moveAside(receipt.n);
      replaceFile(disk, randomness, run.receipt(taskId, receipt.n), receiptFile(receipt), runId);
    }
    this.#pending = [];
    if (this.#packed.hasFullGroup) this.#packed.write();
  }

  /** All receipts are durable. Comes before the run's final entry. */
  settle(): void {
    this.write();
    this.#packed.write();
    this.#packed.sync();
    this.#place.disk.syncDirectory(this.#place.run.receiptsOf(this.#place.taskId));
  }

  close(): void {
    this.#packed.close();
  }

  #callsOf(state: RunState): CallReceipts {
    this.#calls ??= new CallReceipts(state);
    return this.#calls;
  }

  /** A receipt that is not what the ledger says is written anew. */
  #isThere(receipt: Receipt): boolean {
    const { disk, run, taskId } = this.#place;
    if (!this.#present.has(receipt.n)) return false;
    const file = run.receipt(taskId, receipt.n);
    return disk.stat(file)?.kind === "file" && Buffer.compare(disk.readFile(file), receiptFile(receipt)) === 0;
  }

  /** What somebody or something has changed is kept, never deleted. */
  #moveAside(n: number): void {
    const { disk, randomness, run, taskId } = this.#place;
    const file = run.receipt(taskId, n);
    disk.rename(file, `${file}.corrupt-${randomHex(randomness, 4)}`);
    this.#present.delete(n);
  }
}

function receiptNumbers(disk: Disk, directory: string): Set<number> {
  if (disk.stat(directory) === undefined) return new Set();
  const numbers = disk.list(directory).map((entry) => /^step-([1-9]\d*)\.json$/.exec(entry.name)?.[1]);
  return new Set(numbers.filter((number) => number !== undefined).map(Number));
}
