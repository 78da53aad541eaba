import type { DiskFile } from "../durable/disk.ts";
import type { Head, LedgerEntry } from "./entry.ts";
import { emptyHead, maxLineBytes, readSeal } from "./line.ts";
import { type RawLine, readLines } from "./lines.ts";

/** What a ledger's bytes say. Valid is a prefix: nothing behind the first invalid byte is ever taken as history. */
export interface Scan {
  /** The last entry of the valid prefix. */
  readonly head: Head;
  /** Length of the valid prefix in bytes. */
  readonly lengthBytes: number;
  /** Length of the file in bytes. */
  readonly fileBytes: number;
  /** Why the prefix ends before the file does. */
  readonly broken: Broken | undefined;
  /**
   * The largest `durable` that an entry behind the break names, if that entry's hash follows from the line before it.
   * Such an entry was written after the entries it calls durable, so these were acknowledged. 0 if there is none.
   */
  readonly durableBehindBreak: number;
}

interface Broken {
  /** From 1: the line that should hold entry `line`. */
  readonly line: number;
  /** Byte offset of that line. */
  readonly byte: number;
  readonly reason: string;
  /** True if the file merely ends inside the line. */
  readonly unterminated: boolean;
}

export interface ScannedEntry {
  readonly entry: LedgerEntry;
  /** Byte offset of the end of its line. */
  readonly endByte: number;
}

/**
 * Yields the entries of the valid prefix of `file`, up to byte `until`, and returns what the scan found. Streams.
 * `checkChain: false` only parses and counts lines, for views where being quick matters and nothing is acted on.
 */
export function* scanLedger(file: DiskFile, until: number, checkChain = true): Generator<ScannedEntry, Scan> {
  let head = emptyHead;
  let lengthBytes = 0;
  let broken: Broken | undefined;
  const behind = new BehindTheBreak();
  for (const line of readLines(file, until)) {
    if (broken !== undefined) {
      behind.see(line);
      continue;
    }
    const judged = judgeLine(line, head, checkChain);
    if (typeof judged === "string") {
      broken = { line: head.seq + 1, byte: line.start, reason: judged, unterminated: !line.terminated };
      behind.startAfter(line, head.hash);
      continue;
    }
    head = { seq: judged.seq, hash: judged.hash };
    lengthBytes = line.end;
    yield { entry: judged, endByte: line.end };
  }
  return { head, lengthBytes, fileBytes: until, broken, durableBehindBreak: behind.durable };
}

/** The entry of a line that follows `previous`, or why it is none. */
function judgeLine(line: RawLine, previous: Head, checkChain: boolean): LedgerEntry | string {
  if (line.tooLong) return `the line is longer than ${maxLineBytes} bytes`;
  if (!line.terminated) return `the file ends inside the line, after ${line.bytes.length} bytes`;
  const seal = checkChain ? readSeal(line.bytes, previous.hash) : undefined;
  if (seal !== undefined && seal.written === undefined) return "the line does not end with a hash";
  if (seal !== undefined && seal.written !== seal.recomputed) {
    return `the hash is ${seal.written}, expected ${seal.recomputed}`;
  }
  const entry = parseEntry(line.bytes);
  if (entry === undefined) return "the line is not an entry";
  if (entry.seq !== previous.seq + 1) return `the seq is ${entry.seq}, expected ${previous.seq + 1}`;
  return entry;
}

/** Looks at the lines behind the first invalid one for proof that what is broken had been acknowledged. */
class BehindTheBreak {
  durable = 0;
  /** The hashes that the line before may be taken to have: as written, or as recomputed. */
  #candidates: string[] = [];

  startAfter(line: RawLine, previousHash: string): void {
    const { written, recomputed } = readSeal(line.bytes, previousHash);
    this.#candidates = line.tooLong ? present([written]) : present([written, recomputed]);
  }

  see(line: RawLine): void {
    const seals = this.#candidates.map((hash) => readSeal(line.bytes, hash));
    const follows = seals.some((seal) => seal.written !== undefined && seal.written === seal.recomputed);
    if (follows && !line.tooLong && line.terminated) {
      this.durable = Math.max(this.durable, parseEntry(line.bytes)?.durable ?? 0);
    }
    const written = readSeal(line.bytes, "").written;
    const recomputed = line.tooLong ? [] : seals.map((seal) => seal.recomputed);
    this.#candidates = present([written, ...recomputed]).slice(0, 3);
  }
}

function present(hashes: readonly (string | undefined)[]): string[] {
  return [...new Set(hashes.filter((hash) => hash !== undefined))];
}

const kinds = ["command", "event", "heartbeat", "log"];

function parseEntry(bytes: Uint8Array): LedgerEntry | undefined {
  try {
    const value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8")) as LedgerEntry;
    return typeof value === "object" && value !== null && isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** No more than what a scan itself takes for granted: where no hash is checked, a line may say anything. */
function isEntry({ kind, hash }: LedgerEntry): boolean {
  return kinds.includes(kind) && typeof hash === "string";
}
