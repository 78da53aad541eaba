import path from "node:path";
import type { Disk } from "../durable/disk.ts";
import type { RunLayout } from "../durable/layout.ts";
import { errnoOf } from "../errors.ts";
import type { LedgerEntry } from "../ledger/entry.ts";
import type { ScannedCall } from "../ledger/scan.ts";
import type { Artifact, ObjectRef } from "../protocol/fields.ts";
import type { RunState } from "../runstate/state.ts";
import { CallReceipts } from "./call-receipt.ts";
import { endedBy, isPacked, receiptFile, receiptLine, receiptOf } from "./receipt.ts";
import type { ReceiptFault, ReceiptFindings } from "./receipt-fault.ts";
import type { Receipt } from "./receipt-schema.ts";
import { PackedCheck } from "./verify-packed.ts";

interface CheckPlace {
  readonly disk: Disk;
  readonly run: RunLayout;
  readonly taskId: string;
  /** Undefined if they cannot be read back: such a receipt cannot be judged. */
  readonly artifactsOf: (recorded: Artifact[] | ObjectRef) => Artifact[] | undefined;
}

/**
 * Checks the receipts of a run against its ledger: each terminal event has exactly one, the same to the byte as the one
 * that is rebuilt, and there are no others. To be made before the ledger is opened, so that a run that is alive has no
 * receipts yet that the ledger does not know; only reads, in memory proportional to the number of receipts.
 */
export class ReceiptCheck {
  /** Receipts that were compared. */
  checked = 0;
  readonly #place: CheckPlace;
  readonly #packed: PackedCheck;
  /** Names of the receipt files that were there at first, and are not accounted for. */
  readonly #unexplained: Set<string>;
  readonly #greatestPresent: number;
  readonly #faults: ReceiptFault[] = [];
  readonly #missing: Receipt[] = [];
  #calls: CallReceipts | undefined;

  constructor(place: CheckPlace) {
    const { disk, run, taskId } = place;
    this.#place = place;
    this.#packed = new PackedCheck(disk, run.callReceipts(taskId), path.basename(run.directory));
    const names = receiptNames(disk, run.receiptsOf(taskId));
    this.#unexplained = new Set(names);
    this.#greatestPresent = names.reduce((most, name) => Math.max(most, numberOf(name)), 0);
  }

  /** `state` is the one after `entry`. */
  see(state: RunState, entry: LedgerEntry): void {
    const end = endedBy(state, entry);
    if (end === undefined) return;
    const { command, ended } = end;
    this.checked += 1;
    if (!isPacked(command)) this.#unexplained.delete(nameOf(ended.n));
    const artifacts = this.#place.artifactsOf(ended.artifacts);
    if (artifacts === undefined) return;
    const receipt = receiptOf(state, command, ended, artifacts);
    if (isPacked(receipt)) this.#packed.expect(receipt, Buffer.from(receiptLine(receipt)));
    else this.#compare(receipt, receiptFile(receipt));
  }

  /** {@link see} for a call that is not parsed, whose event is the `n`-th terminal one. */
  seeCall(state: RunState, line: ScannedCall, n: number): void {
    this.checked += 1;
    this.#calls ??= new CallReceipts(state);
    this.#packed.expectCall(state, line, n, this.#calls);
  }

  /** `mayBeBehind`: no final entry says that all receipts are durable, so the last ones may be missing. */
  finish(mayBeBehind: boolean): ReceiptFindings {
    const { faults, notes } = this.#packed.finish(mayBeBehind);
    const late = this.#missing.filter(({ n }) => mayBeBehind && n > this.#greatestPresent);
    const missing = this.#missing.filter((receipt) => !late.includes(receipt)).map((each) => this.#missingFault(each));
    const extra = [...this.#unexplained].map((name) => this.#extraFault(name));
    const lateNote = `receipts not written yet: ${late.length}; the next resume writes them`;
    return {
      faults: [...this.#faults, ...missing, ...extra, ...faults],
      notes: [...(late.length === 0 ? [] : [lateNote]), ...notes],
    };
  }

  close(): void {
    this.#packed.close();
  }

  #compare(receipt: Receipt, expected: Uint8Array): void {
    const { disk, run, taskId } = this.#place;
    const file = run.receipt(taskId, receipt.n);
    const found = readSame(disk, file, expected);
    if (found === "missing") this.#missing.push(receipt);
    if (found !== "differs") return;
    const message = `it is not the receipt of ${receipt.step}, entry ${receipt.seq}`;
    this.#faults.push({ code: "RECEIPT_DIFFERS", file, message });
  }

  #missingFault({ n, seq, step }: Receipt): ReceiptFault {
    const file = this.#place.run.receipt(this.#place.taskId, n);
    return { code: "RECEIPT_MISSING", file, message: `the receipt of ${step}, entry ${seq}, is not there` };
  }

  #extraFault(name: string): ReceiptFault {
    const file = path.join(this.#place.run.receiptsOf(this.#place.taskId), name);
    return { code: "RECEIPT_EXTRA", file, message: "no terminal event of the ledger belongs to it" };
  }
}

/** A file of another size is not read: it may be of any. */
function readSame(disk: Disk, file: string, expected: Uint8Array): "same" | "differs" | "missing" {
  const stat = disk.stat(file);
  if (stat === undefined) return "missing";
  if (stat.kind !== "file" || stat.sizeBytes !== expected.length) return "differs";
  try {
    return Buffer.compare(disk.readFile(file), expected) === 0 ? "same" : "differs";
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "missing";
    throw error;
  }
}

function receiptNames(disk: Disk, directory: string): string[] {
  if (disk.stat(directory) === undefined) return [];
  return disk
    .list(directory)
    .map(({ name }) => name)
    .filter((name) => name.startsWith("step-") && name.endsWith(".json"));
}

function nameOf(n: number): string {
  return `step-${n}.json`;
}

/** 0 for a name that no receipt has. */
function numberOf(name: string): number {
  const n = Number(name.slice("step-".length, -".json".length));
  return nameOf(n) === name ? n : 0;
}
