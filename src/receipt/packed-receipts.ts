import type { Disk, DiskFile } from "../durable/disk.ts";
import { invariant } from "../errors.ts";
import { rewrite } from "../ledger/rewrite.ts";
import { OldReceipts } from "./old-receipts.ts";

const groupLines = 256;
/** Most groups have room in it. */
const leastRoomBytes = 256 * 1024;

/**
 * `calls.ndjson`: receipts of functions and of items, appended in groups. A crash may leave it short, torn or holding pages that
 * never reached the disk; so the next life compares it with the ledger, line by line, cuts it after the last line that
 * agrees, and completes it.
 */
export class PackedReceipts {
  readonly #disk: Disk;
  readonly #path: string;
  #old: OldReceipts | undefined;
  #agreedBytes = 0;
  /** The file holds lines of an earlier life, of which nobody knows whether they are durable. */
  #hasOld = false;
  /** Lines that wait, from its beginning. Filled again and again: to join them as text would take three times as long. */
  #waiting = Buffer.allocUnsafe(0);
  #waitingBytes = 0;
  #waitingLines = 0;
  /** Lines that come behind those. */
  #unmade: (() => string)[] = [];
  #file: DiskFile | undefined;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
    if (disk.stat(path) === undefined) return;
    this.#old = new OldReceipts(disk.open(path, "read"));
  }

  /** The ledger says that the receipt of this line comes next. */
  expect(line: string): void {
    this.#make();
    this.#queue(line);
  }

  /** The same, after the replay, for a line that is made when a group is full: many at once take a quarter of the time. */
  expectLater(make: () => string): void {
    invariant(this.#old === undefined, "no receipt is made later while the ledger is replayed");
    this.#unmade.push(make);
  }

  #queue(line: string): void {
    if (this.#old?.areLine(Buffer.from(line)) === true) return;
    this.#forgetOld();
    this.#makeRoom(line.length * 3);
    this.#waitingBytes += this.#waiting.write(line, this.#waitingBytes);
    this.#waitingLines += 1;
  }

  /** The same for a line that is known when it is seen. False if it is not there: it is to be made and {@link expect}ed. */
  hasKnown(mostBytes: number, endOf: (view: DataView, start: number) => number): boolean {
    return this.#old?.areKnown(mostBytes, endOf) === true;
  }

  /** So many lines wait that they are worth a write. */
  get hasFullGroup(): boolean {
    return this.#waitingLines + this.#unmade.length >= groupLines;
  }

  /** The ledger has been replayed: what the file holds beyond is cut, and what it lacks is written. Durable, if anything was. */
  replayed(): void {
    this.#forgetOld();
    const wasCut = this.#cut();
    if (!wasCut && this.#waitingLines === 0) return;
    this.write();
    this.sync();
  }

  /** Everything expected so far is in the file, durable after {@link sync}. */
  write(): void {
    this.#make();
    if (this.#waitingLines === 0) return;
    this.#file ??= this.#disk.open(this.#path, "append");
    this.#file.write(this.#waiting.subarray(0, this.#waitingBytes));
    this.#waitingBytes = 0;
    this.#waitingLines = 0;
    if (this.#waiting.length > leastRoomBytes) this.#waiting = Buffer.allocUnsafe(0);
  }

  /**
   * Everything in the file is durable, also what an earlier life wrote: it may have been killed before its sync, or its
   * sync may have failed.
   */
  sync(): void {
    if (!this.#hasOld) {
      this.#file?.datasync();
      return;
    }
    const file = this.#disk.open(this.#path, "update");
    try {
      rewrite(file, 0, this.#agreedBytes);
    } finally {
      file.close();
    }
    this.#hasOld = false;
  }

  close(): void {
    this.#forgetOld();
    this.#file?.close();
    this.#file = undefined;
  }

  #make(): void {
    for (const make of this.#unmade) this.#queue(make());
    this.#unmade = [];
  }

  #makeRoom(bytes: number): void {
    const wanted = this.#waitingBytes + bytes;
    if (wanted <= this.#waiting.length) return;
    const larger = Buffer.allocUnsafe(Math.max(leastRoomBytes, wanted * 2));
    this.#waiting.copy(larger, 0, 0, this.#waitingBytes);
    this.#waiting = larger;
  }

  /** False if there was nothing to cut. */
  #cut(): boolean {
    if (this.#disk.stat(this.#path) === undefined) return false;
    this.#hasOld = true;
    const file = this.#disk.open(this.#path, "update");
    try {
      if (file.stat().sizeBytes <= this.#agreedBytes) return false;
      file.truncate(this.#agreedBytes);
      return true;
    } finally {
      file.close();
    }
  }

  #forgetOld(): void {
    this.#agreedBytes = this.#old?.agreedBytes ?? this.#agreedBytes;
    this.#old?.close();
    this.#old = undefined;
  }
}
