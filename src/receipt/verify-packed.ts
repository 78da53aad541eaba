import type { Disk, DiskFile } from "../durable/disk.ts";
import { viewOf } from "../ledger/fixed-text.ts";
import { bytesOf, type RawLine, readLines } from "../ledger/lines.ts";
import type { ScannedCall } from "../ledger/scan.ts";
import type { RunState } from "../runstate/state.ts";
import { type CallReceipts, callReceipt } from "./call-receipt.ts";
import type { ReceiptFault, ReceiptFindings } from "./receipt-fault.ts";
import type { Receipt } from "./receipt-schema.ts";

/**
 * Compares `calls.ndjson` with what the ledger says, line by line. Behind the first line that disagrees nothing is
 * compared: it cannot be known what belongs where.
 */
export class PackedCheck {
  readonly #disk: Disk;
  readonly #path: string;
  /** What lies behind was written after the check began, by a run that is alive. */
  readonly #sizeBefore: number;
  #file: DiskFile | undefined;
  #lines: Iterator<RawLine> | undefined;
  #line = 0;
  #viewed: { readonly buffer: Buffer; readonly view: DataView } | undefined;
  #missing: Receipt[] = [];
  #disagreement: { readonly fault: ReceiptFault; readonly isOwn: boolean } | undefined;
  readonly #runId: string;

  constructor(disk: Disk, path: string, runId: string) {
    this.#disk = disk;
    this.#path = path;
    this.#runId = runId;
    this.#sizeBefore = disk.stat(path)?.sizeBytes ?? 0;
  }

  /** The ledger says that `line`, of `receipt`, comes next. */
  expect(receipt: Receipt, line: Uint8Array): void {
    if (this.#disagreement !== undefined) return;
    const next = this.#next();
    if (next === undefined) this.#missing.push(receipt);
    else if (!next.terminated || Buffer.compare(bytesOf(next), line.subarray(0, -1)) !== 0) this.#differ(next, receipt);
  }

  /** The same for the receipt of a call that is not parsed. */
  expectCall(state: RunState, call: ScannedCall, n: number, calls: CallReceipts): void {
    if (this.#disagreement !== undefined) return;
    const next = this.#next();
    if (next === undefined) this.#missing.push(callReceipt(state, call, n));
    else if (!next.terminated || calls.endOf(this.#view(next), next.from, call.call, n) !== next.to + 1) {
      this.#differ(next, callReceipt(state, call, n));
    }
  }

  /**
   * See `ReceiptCheck.finish`. Of a file that was never synced, a power cut leaves anything, also lines of other files; what
   * speaks of this very run and is wrong was changed by somebody.
   */
  finish(mayBeBehind: boolean): ReceiptFindings {
    const next = this.#disagreement === undefined && this.#missing.length === 0 ? this.#next() : undefined;
    if (next !== undefined && next.start < this.#sizeBefore) {
      this.#disagree(next, "RECEIPT_EXTRA", "no terminal event of the ledger belongs to it");
    }
    if (this.#disagreement !== undefined) {
      const { fault, isOwn } = this.#disagreement;
      if (isOwn || !mayBeBehind) return { faults: [fault], notes: [] };
      return { faults: [], notes: [`calls.ndjson ends at line ${fault.line}; the next resume completes it`] };
    }
    const [first] = this.#missing;
    if (first === undefined) return { faults: [], notes: [] };
    const count = this.#missing.length;
    if (mayBeBehind) {
      return { faults: [], notes: [`receipts not in calls.ndjson yet: ${count}; the next resume adds them`] };
    }
    const message = `receipts missing from here on: ${count}, the first of ${first.step}, entry ${first.seq}`;
    return { faults: [{ code: "RECEIPT_MISSING", file: this.#path, line: this.#line + 1, message }], notes: [] };
  }

  close(): void {
    this.#file?.close();
  }

  #next(): RawLine | undefined {
    if (this.#missing.length > 0) return undefined;
    this.#lines ??= this.#open();
    const next = this.#lines?.next();
    if (next === undefined || next.done) return undefined;
    this.#line += 1;
    return next.value;
  }

  #open(): Iterator<RawLine> | undefined {
    if (this.#disk.stat(this.#path)?.kind !== "file") return undefined;
    this.#file = this.#disk.open(this.#path, "read");
    return readLines(this.#file, this.#file.stat().sizeBytes);
  }

  #differ(line: RawLine, { step, seq }: Receipt): void {
    this.#disagree(line, "RECEIPT_DIFFERS", `it is not the receipt of ${step}, entry ${seq}`);
  }

  #view({ buffer }: RawLine): DataView {
    if (this.#viewed?.buffer !== buffer) this.#viewed = { buffer, view: viewOf(buffer) };
    return this.#viewed.view;
  }

  #disagree(line: RawLine, code: ReceiptFault["code"], message: string): void {
    const { start, terminated } = line;
    const fault = { code, file: this.#path, line: this.#line, byte: start, message };
    this.#disagreement = { fault, isOwn: terminated && runIdOf(bytesOf(line)) === this.#runId };
  }
}

/** Of a line that is no receipt: undefined. */
function runIdOf(line: Buffer): unknown {
  try {
    return (JSON.parse(line.toString()) as { run_id?: unknown } | null)?.run_id;
  } catch {
    return undefined;
  }
}
