import { RunledgerError } from "../errors.ts";
import { canonicalJson } from "../idempotency/canonical.ts";
import { sha256Hex } from "../idempotency/digest.ts";
import type { Head, LedgerEntry, LedgerRecord, Place } from "./entry.ts";

/** A ledger line, its LF included, is at most this many bytes. */
export const maxLineBytes = 262_144;

/** Bytes of `,"hash":"<64 hex>"}` at the end of every line, before its LF. */
export const sealBytes = 75;

/** The place before entry 1. */
export const emptyHead: Head = { seq: 0, hash: "0".repeat(64) };

export interface SealedLine {
  readonly entry: LedgerEntry;
  /** The line with its LF. */
  readonly bytes: Uint8Array;
}

/**
 * The line of `record` after `previous`. With B its canonical JSON (RFC 8785), the hash is SHA-256(previous hash ‖ B),
 * and the line is B without its last `}`, then `,"hash":"…"}`, then LF. Throws `LINE_TOO_LONG`.
 */
export function sealLine(record: LedgerRecord, place: Omit<Place, "hash">, previous: Head): SealedLine {
  const entry = inKeyOrder(record, place);
  const body = canonicalJson(entry);
  const { hash, bytes } = sealBody(body, previous.hash);
  refuseTooLong(bytes.length, record);
  entry["hash"] = hash;
  return { entry: entry as unknown as LedgerEntry, bytes };
}

/** The line of the canonical JSON `body`. One buffer for the hash before, which is hashed with it, and for the line. */
export function sealBody(body: string, previousHash: string): { hash: string; bytes: Uint8Array } {
  const start = previousHash.length;
  const end = start + Buffer.byteLength(body);
  const buffer = Buffer.allocUnsafe(end + sealBytes);
  buffer.write(previousHash, 0, "latin1");
  buffer.write(body, start);
  const hash = sha256Hex(buffer.subarray(0, end));
  buffer.write(`,"hash":"${hash}"}\n`, end - 1, "latin1");
  return { hash, bytes: buffer.subarray(start) };
}

/** What the seal of a line says (undefined if it has none), and what it should say after `previousHash`. */
export interface Seal {
  readonly written: string | undefined;
  readonly recomputed: string | undefined;
}

/** `line` without its LF. Works on bytes alone: no JSON parser is needed to check a chain. */
export function readSeal(line: Uint8Array, previousHash: string): Seal {
  if (line.length < sealBytes) return { written: undefined, recomputed: undefined };
  const cut = line.length - sealBytes;
  const written = sealPattern.exec(latin1(line.subarray(cut)))?.[1];
  return { written, recomputed: hashAfter(previousHash, line.subarray(0, cut)) };
}

const sealPattern = /^,"hash":"([0-9a-f]{64})"\}$/;

/** Bytes in front of a line whose hash is looked for with {@link followingHash}. */
export const hashBytes = 64;

/**
 * The hash of the line from `start` to `end`, its LF left out, if it is the one that follows from `previousHash`. The line
 * is hashed where it stands: the 64 bytes in front of it are overwritten.
 */
export function followingHash(bytes: Buffer, start: number, end: number, previousHash: string): string | undefined {
  const cut = end - sealBytes;
  if (cut < start) return undefined;
  bytes.write(previousHash, start - hashBytes, "latin1");
  const comma = bytes[cut] as number;
  bytes[cut] = 0x7d; // }
  const hash = sha256Hex(bytes.subarray(start - hashBytes, cut + 1));
  bytes[cut] = comma;
  expectedSeal.write(hash, hashInSeal, "latin1");
  return expectedSeal.compare(bytes, cut, end) === 0 ? hash : undefined;
}

/** Filled again for each line: to make strings of both would be a third of what a reader leaves to be collected. */
const expectedSeal = Buffer.from(`,"hash":"${emptyHead.hash}"}`);
const hashInSeal = expectedSeal.indexOf(emptyHead.hash);

/** Only ever grows to one line; a new buffer a line would be most of the cost of a replay. */
let joined = Buffer.alloc(0);

function hashAfter(previousHash: string, bodyWithoutBrace: Uint8Array): string {
  const length = previousHash.length + bodyWithoutBrace.length + 1;
  if (joined.length < length) joined = Buffer.allocUnsafe(length * 2);
  joined.write(previousHash, 0, "latin1");
  joined.set(bodyWithoutBrace, previousHash.length);
  joined[length - 1] = 0x7d; // }
  return sha256Hex(joined.subarray(0, length));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** The first level is put in order here; what is below is built in order, or put there by canonicalJson. */
function inKeyOrder(record: LedgerRecord, place: Omit<Place, "hash">): Record<string, unknown> {
  const members = record as unknown as Record<string, unknown>;
  const entry: Record<string, unknown> = {};
  for (const name of namesInOrder(record)) {
    entry[name] = isOfPlace(name) ? place[name] : members[name];
  }
  return entry;
}

const placeNames = ["at", "durable", "seq"] as const;

function isOfPlace(name: string): name is (typeof placeNames)[number] {
  return name === "at" || name === "durable" || name === "seq";
}

/** Mostly a record has the members of the one before; their order is known then. */
let latest: { readonly names: readonly string[]; readonly inOrder: readonly string[] } = { names: [], inOrder: [] };

function namesInOrder(record: object): readonly string[] {
  const names = Object.keys(record);
  const isLatest = names.length === latest.names.length && names.every((name, index) => name === latest.names[index]);
  if (!isLatest) latest = { names, inOrder: [...names, ...placeNames].sort() };
  return latest.inOrder;
}

function refuseTooLong(sizeBytes: number, record: LedgerRecord): void {
  if (sizeBytes <= maxLineBytes) return;
  throw new RunledgerError(
    "LINE_TOO_LONG",
    `a ledger line is at most ${maxLineBytes} bytes, this ${record.kind} has ${sizeBytes}; nothing was written`,
    {
      hint: "Put large values into first-level members of inputs or payload: they are stored as objects.",
      details: { sizeBytes, maxLineBytes },
    },
  );
}
