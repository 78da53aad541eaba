import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import type { Measures } from "../row.ts";
import { percentile } from "../statistics.ts";

/** How long one write of a line with its fdatasync takes: half of them at most `p50`, all but one in a hundred at most `p99` µs. */
export async function sample(input: { directory: string; lines: number; lineBytes: number }): Promise<Measures> {
  const line = Buffer.alloc(input.lineBytes, "x");
  const file = openSync(path.join(input.directory, "lines"), "a");
  const micros = Array.from({ length: input.lines }, () => {
    const start = performance.now();
    writeSync(file, line);
    fdatasyncSync(file);
    return (performance.now() - start) * 1000;
  });
  closeSync(file);
  return { p50: percentile(micros, 0.5), p99: percentile(micros, 0.99) };
}
