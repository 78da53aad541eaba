import type { DiskFile } from "../durable/disk.ts";
import { parseJson } from "../idempotency/parse-json.ts";
import type { CallLine } from "./call-line.ts";
import type { Head, LedgerEntry } from "./entry.ts";
import { emptyHead, followingHash, maxLineBytes, readSeal } from "./line.ts";
import { bytesOf, type RawLine, readLines } from "./lines.ts";

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

/** A line of the valid prefix. Valid only until the next one is asked for. */
export interface ScannedLine {
  readonly seq: number;
  readonly hash: string;
  readonly durable: number;
  /** Byte offsets of its first byte and of the end of the line. */
  readonly startByte: number;
  readonly endByte: number;
  /** Of a {@link ScannedCall} it is parsed when it is asked for. */
  readonly entry: LedgerEntry;
}

export interface ScanOptions {
  /** False only parses and counts lines, for views where being quick matters and nothing is acted on. */
  readonly checkChain?: boolean;
  /** Reads the lines of function steps from their bytes, so that they are not parsed unless somebody asks. */
  readonly callLine?: CallLine;
}

/** Yields the valid prefix of `file`, up to byte `until`, and returns what the scan found. Streams. */
export function* scanLedger(
  file: DiskFile,
  until: number,
  { checkChain = true, callLine }: ScanOptions = {},
): Generator<ScannedLine, Scan> {
  let head = emptyHead;
  let lengthBytes = 0;
  let broken: Broken | undefined;
  const behind = new BehindTheBreak();
  for (const line of readLines(file, until)) {
    if (broken !== undefined) {
      behind.see(line);
      continue;
    }
    const judged = judgeLine(line, head, checkChain, callLine);
    if (typeof judged === "string") {
      broken = { line: head.seq + 1, byte: line.start, reason: judged, unterminated: !line.terminated };
      behind.startAfter(line, head.hash);
      continue;
    }
    head = { seq: judged.seq, hash: judged.hash };
    lengthBytes = line.end;
    yield judged;
  }
  return { head, lengthBytes, fileBytes: until, broken, durableBehindBreak: behind.durable };
}

/** The line that follows `previous`, or why it does not. */
function judgeLine(
  line: RawLine,
  previous: Head,
  checkChain: boolean,
  callLine: CallLine | undefined,
): ScannedLine | string {
  if (line.tooLong) return `the line is longer than ${maxLineBytes} bytes`;
  if (!line.terminated) return `the file ends inside the line, after ${line.to - line.from} bytes`;
  const hash = checkChain ? followingHash(line.buffer, line.from, line.to, previous.hash) : undefined;
  if (checkChain && hash === undefined) return whyNot(line, previous);
  if (hash !== undefined && callLine?.read(line.buffer, line.from, line.to) && callLine.seq === previous.seq + 1) {
    return new ScannedCall(callLine, hash, line);
  }
  const entry = parseEntry(bytesOf(line));
  if (entry === undefined) return "the line is not an entry";
  if (entry.seq !== previous.seq + 1) return `the seq is ${entry.seq}, expected ${previous.seq + 1}`;
  const { seq, durable } = entry;
  return { seq, hash: entry.hash, durable, startByte: line.start, endByte: line.end, entry };
}

function whyNot(line: RawLine, previous: Head): string {
  const { written, recomputed } = readSeal(bytesOf(line), previous.hash);
  if (written === undefined) return "the line does not end with a hash";
  return `the hash is ${written}, expected ${recomputed}`;
}

/** A line of a function step, told from its bytes. */
export class ScannedCall implements ScannedLine {
  readonly seq: number;
  readonly hash: string;
  readonly durable: number;
  readonly startByte: number;
  readonly endByte: number;
  readonly call: CallLine;
  readonly #line: RawLine;

  constructor(call: CallLine, hash: string, line: RawLine) {
    this.seq = call.seq;
    this.hash = hash;
    this.durable = call.durable;
    this.startByte = line.start;
    this.endByte = line.end;
    this.call = call;
    this.#line = line;
  }

  get entry(): LedgerEntry {
    return parsed(bytesOf(this.#line));
  }
}

/** Looks at the lines behind the first invalid one for proof that what is broken had been acknowledged. */
class BehindTheBreak {
  durable = 0;
  /** The hashes that the line before may be taken to have: as written, or as recomputed. */
  #candidates: string[] = [];

  startAfter(line: RawLine, previousHash: string): void {
    const { written, recomputed } = readSeal(bytesOf(line), previousHash);
    this.#candidates = line.tooLong ? present([written]) : present([written, recomputed]);
  }

  see(line: RawLine): void {
    const bytes = bytesOf(line);
    const seals = this.#candidates.map((hash) => readSeal(bytes, hash));
    const follows = seals.some((seal) => seal.written !== undefined && seal.written === seal.recomputed);
    if (follows && !line.tooLong && line.terminated) {
      this.durable = Math.max(this.durable, parseEntry(bytes)?.durable ?? 0);
    }
    const written = readSeal(bytes, "").written;
    const recomputed = line.tooLong ? [] : seals.map((seal) => seal.recomputed);
    this.#candidates = present([written, ...recomputed]).slice(0, 3);
  }
}

function present(hashes: readonly (string | undefined)[]): string[] {
  return [...new Set(hashes.filter((hash) => hash !== undefined))];
}

const kinds = ["command", "event", "heartbeat", "log"];

function parseEntry(bytes: Buffer): LedgerEntry | undefined {
  try {
    const value = parsed(bytes);
    return typeof value === "object" && value !== null && isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** No more than what a scan itself takes for granted: where no hash is checked, a line may say anything. */
function isEntry({ kind, hash }: LedgerEntry): boolean {
  return kinds.includes(kind) && typeof hash === "string";
}

function parsed(bytes: Buffer): LedgerEntry {
  return parseJson(bytes.toString()) as LedgerEntry;
}
