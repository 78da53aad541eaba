import { createHash } from "node:crypto";
import type { LedgerEntry } from "../../src/ledger/entry.ts";

/** `,"hash":"` 64 digits `"}`: what stands behind the sealed part of a line. */
const sealBytes = 75;

/**
 * The entries of a ledger from its first byte to the first line that does not follow from the one before it, and where
 * they end. Made from the format's description alone, so that it is a second opinion.
 */
export function readablePart(ledger: Buffer): { entries: LedgerEntry[]; lengthBytes: number } {
  const entries: LedgerEntry[] = [];
  let hash = "0".repeat(64);
  let lengthBytes = 0;
  for (let end = ledger.indexOf(10); end >= 0; end = ledger.indexOf(10, end + 1)) {
    const line = ledger.subarray(lengthBytes, end);
    const sealed = Buffer.concat([line.subarray(0, -sealBytes), Buffer.from("}")]);
    const expected = createHash("sha256").update(hash).update(sealed).digest("hex");
    if (line.subarray(-66, -2).toString() !== expected) break;
    entries.push(JSON.parse(line.toString()) as LedgerEntry);
    hash = expected;
    lengthBytes = end + 1;
  }
  return { entries, lengthBytes };
}
