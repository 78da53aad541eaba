import { readFileSync } from "node:fs";
import type { Measures } from "../row.ts";

type Hash = typeof import("node:crypto").hash;

/**
 * What opening a ledger for resume cannot do without: the hash of every line follows from the one before, and every key is
 * known with the place of its line. In so few lines of code that the compiler has the least to do. With `callAgain`, also
 * what calling each step again cannot do without: its key is made of its inputs, its line read again, found sound and
 * parsed, and the result copied.
 */
export async function sample({ file, callAgain }: { file: string; callAgain: boolean }): Promise<Measures> {
  const start = performance.now();
  const { hash } = process.getBuiltinModule("node:crypto");
  const bytes = readBehindRoom(file);
  const before = Buffer.from('"idempotency_key":"');
  const places = new Map<string, { from: number; to: number; previous: string }>();
  let previous = "0".repeat(64);
  for (let from = room, to = bytes.indexOf(0x0a, from); to >= 0; from = to + 1, to = bytes.indexOf(0x0a, from)) {
    const key = bytes.indexOf(before, from);
    if (key >= 0 && key < to) places.set(bytes.toString("latin1", key + 19, key + 86), { from, to, previous });
    previous = soundHash(hash, bytes, from, to, previous);
  }
  if (callAgain) await callEach(hash, file, places);
  return { ms: performance.now() - start, keys: places.size };
}

async function callEach(hash: Hash, file: string, places: Map<string, { from: number; to: number; previous: string }>) {
  const bytes = readBehindRoom(file);
  for (const [key, { from, to, previous }] of places) {
    const line = bytes.toString("utf8", from, to);
    soundHash(hash, bytes, from, to, previous);
    const { command, payload } = JSON.parse(line);
    hash("sha256", ["call", "bench", "none", JSON.stringify(command.inputs), "[]"].join("\n"), "hex");
    if (places.has(key)) await JSON.parse(JSON.stringify(payload.result));
  }
}

/** In front of a line stands the hash of the one before, when it is hashed. */
const room = 64;

function readBehindRoom(file: string): Buffer {
  return Buffer.concat([Buffer.alloc(room), readFileSync(file)]);
}

/** The 64 bytes in front of the line are overwritten: the end of the line before, which is not looked at any more. */
function soundHash(hash: Hash, bytes: Buffer, from: number, to: number, previous: string): string {
  const seal = to - 75;
  bytes.write(previous, from - room, "latin1");
  bytes[seal] = 0x7d;
  const found = hash("sha256", bytes.subarray(from - room, seal + 1), "hex");
  if (bytes.toString("latin1", seal + 9, seal + 73) !== found)
    throw new Error(`the chain breaks at byte ${from - room}`);
  return found;
}
