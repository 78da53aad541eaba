import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import type { Measures } from "../row.ts";

/** The limit of one large file: a loop that reads and hashes it. */
export async function sample(input: { file: string }): Promise<Measures> {
  const buffer = Buffer.allocUnsafeSlow(256 * 1024);
  const start = performance.now();
  const hash = createHash("sha256");
  const descriptor = openSync(input.file, "r");
  for (;;) {
    const bytes = readSync(descriptor, buffer);
    if (bytes === 0) break;
    hash.update(buffer.subarray(0, bytes));
  }
  closeSync(descriptor);
  hash.digest("hex");
  return { ms: performance.now() - start };
}
