import type { Disk, DiskFile } from "../durable/disk.ts";
import { RunledgerError, readFailureCode } from "../errors.ts";
import { parseJson } from "../idempotency/parse-json.ts";
import type { LedgerEntry } from "./entry.ts";
import { damageError } from "./floor.ts";
import { followingHash, hashBytes, sealBytes } from "./line.ts";

/** Where an entry lies that was found sound: byte offsets of its line's first byte, and of the one behind its LF. */
export interface EntryPlace {
  readonly seq: number;
  readonly startByte: number;
  readonly endByte: number;
}

/** Behind the hash of a line. */
const sealEnd = '"}\n';

/** Who reads entries one after the other reads so much at a time. */
const windowBytes = 64 * 1024;

/** Reads entries of a ledger again by their places, so that whoever folds it need not keep what they hold. */
export class ReadBack {
  readonly #disk: Disk;
  readonly #path: string;
  #file: DiskFile | undefined;
  #buffer = Buffer.alloc(0);
  /** What was read last, at the front of the buffer, and where in the file it begins. */
  #window = this.#buffer;
  #windowStart = 0;
  #latestEnd = 0;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  /** `LEDGER_DAMAGED` if it is not there any more as it was, `PERMISSION`, `READ_FAILED`. Not for entry 1. */
  entry({ seq, startByte, endByte }: EntryPlace): LedgerEntry {
    // The line before is wanted for its hash.
    this.#hold(startByte - 1 - sealBytes, endByte);
    this.#latestEnd = endByte;
    const start = startByte - this.#windowStart;
    const end = endByte - 1 - this.#windowStart;
    if (end <= this.#window.length && this.#isSealed(start, end)) {
      const entry = parsed(this.#window.toString("utf8", start, end));
      if (entry?.seq === seq) return entry;
    }
    const reason = `entry ${seq} is not as it was written`;
    throw damageError(this.#path, { line: seq, byte: startByte, reason });
  }

  close(): void {
    const file = this.#file;
    this.#file = undefined;
    file?.close();
  }

  /** That its hash follows from the line before, as far as that is still as it was. */
  #isSealed(start: number, end: number): boolean {
    const seal = this.#window.toString("latin1", start - sealEnd.length - hashBytes, start);
    const previousHash = seal.slice(0, hashBytes);
    const isSealed = followingHash(this.#window, start, end, previousHash) !== undefined;
    this.#window.write(seal, start - seal.length, "latin1");
    return isSealed && seal.endsWith(sealEnd);
  }

  #hold(from: number, to: number): void {
    const { length } = this.#window;
    if (from >= this.#windowStart && to <= this.#windowStart + length) return;
    const isNext = from < this.#latestEnd && to > this.#latestEnd;
    const wanted = isNext ? Math.max(windowBytes, to - from) : to - from;
    if (this.#buffer.length < wanted) this.#buffer = Buffer.allocUnsafe(Math.max(windowBytes, wanted));
    this.#window = this.#buffer.subarray(0, 0);
    try {
      this.#file ??= this.#disk.open(this.#path, "read");
      this.#window = this.#buffer.subarray(0, readFully(this.#file, this.#buffer.subarray(0, wanted), from));
    } catch (cause) {
      throw new RunledgerError(readFailureCode(cause), `${this.#path}: cannot be read`, { cause });
    }
    this.#windowStart = from;
  }
}

/** How many bytes were read: fewer than there is room for only at the end of the file. */
function readFully(file: DiskFile, buffer: Uint8Array, position: number): number {
  let length = 0;
  for (let read = -1; read !== 0 && length < buffer.length; length += read) {
    read = file.read(buffer.subarray(length), position + length);
  }
  return length;
}

function parsed(text: string): LedgerEntry | undefined {
  try {
    return parseJson(text) as LedgerEntry;
  } catch {
    return undefined;
  }
}
