import type { Disk, DiskFile } from "../durable/disk.ts";
import { type RawLine, readLines } from "../ledger/lines.ts";

const groupLines = 256;

/**
 * `calls.ndjson`: receipts of functions, appended in groups. A crash may leave it short, torn or holding pages that
 * never reached the disk; so the next life compares it with the ledger, line by line, cuts it after the last line that
 * agrees, and completes it.
 */
export class PackedReceipts {
  readonly #disk: Disk;
  readonly #path: string;
  #old: Iterator<RawLine> | undefined;
  #oldFile: DiskFile | undefined;
  #agreedBytes = 0;
  #pending: Uint8Array[] = [];
  #file: DiskFile | undefined;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
    if (disk.stat(path) === undefined) return;
    this.#oldFile = disk.open(path, "read");
    this.#old = readLines(this.#oldFile, this.#oldFile.stat().sizeBytes);
  }

  /** The ledger says that `line` comes next. */
  expect(line: Uint8Array): void {
    if (this.#old !== undefined && this.#nextIs(line)) this.#agreedBytes += line.length;
    else this.#pending.push(line);
  }

  /** How many lines wait to be written. */
  get isGroup(): boolean {
    return this.#pending.length >= groupLines;
  }

  /** The ledger has been replayed: what the file holds beyond is cut. */
  replayed(): void {
    this.#forgetOld();
    if (this.#disk.stat(this.#path) === undefined) return;
    const file = this.#disk.open(this.#path, "update");
    try {
      if (file.stat().sizeBytes > this.#agreedBytes) file.truncate(this.#agreedBytes);
    } finally {
      file.close();
    }
  }

  /** Everything expected so far is in the file, durable after {@link sync}. */
  write(): void {
    if (this.#pending.length === 0) return;
    this.#file ??= this.#disk.open(this.#path, "append");
    this.#file.write(Buffer.concat(this.#pending));
    this.#pending = [];
  }

  /** Everything in the file is durable, also what an earlier life wrote and was killed before it could sync. */
  sync(): void {
    if (this.#file === undefined && this.#disk.stat(this.#path) === undefined) return;
    this.#file ??= this.#disk.open(this.#path, "append");
    this.#file.datasync();
  }

  close(): void {
    this.#forgetOld();
    this.#file?.close();
    this.#file = undefined;
  }

  #nextIs(line: Uint8Array): boolean {
    const next = this.#old?.next();
    if (next !== undefined && !next.done && next.value.terminated) {
      if (Buffer.compare(next.value.bytes, line.subarray(0, -1)) === 0) return true;
    }
    this.#forgetOld();
    return false;
  }

  #forgetOld(): void {
    this.#old = undefined;
    this.#oldFile?.close();
    this.#oldFile = undefined;
  }
}
