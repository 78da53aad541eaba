import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import type { Measures } from "../row.ts";

/**
 * The limit of dependent steps: one line of `lineBytes` after the other, each written and synced before the next.
 * `warmUp` lines come before those that are timed.
 */
export async function sample(input: {
  directory: string;
  lines: number;
  warmUp: number;
  lineBytes: number;
}): Promise<Measures> {
  const line = Buffer.alloc(input.lineBytes, "x");
  line[line.length - 1] = 0x0a;
  const file = openSync(path.join(input.directory, "loop.ndjson"), "a");
  const append = (count: number) => {
    for (let n = 0; n < count; n++) {
      writeSync(file, line);
      fdatasyncSync(file);
    }
  };
  append(input.warmUp);
  const start = performance.now();
  append(input.lines);
  const ms = performance.now() - start;
  closeSync(file);
  return { ms };
}
