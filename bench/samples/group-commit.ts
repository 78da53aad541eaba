import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import type { Measures } from "../row.ts";

/**
 * The limit of steps side by side: `atATime` lanes, each waiting for its line before it hands in the next. What was
 * handed in by the next turn of the event loop is written at once and made durable by one sync.
 */
export async function sample(input: {
  directory: string;
  lines: number;
  atATime: number;
  lineBytes: number;
}): Promise<Measures> {
  const line = Buffer.alloc(input.lineBytes, "x");
  line[line.length - 1] = 0x0a;
  const file = openSync(path.join(input.directory, "group.ndjson"), "a");
  let waiting: (() => void)[] = [];
  const commit = () => {
    const batch = waiting;
    waiting = [];
    writeSync(file, Buffer.concat(batch.map(() => line)));
    fdatasyncSync(file);
    for (const resolve of batch) resolve();
  };
  const append = () =>
    new Promise<void>((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(commit);
    });
  let left = input.lines;
  const lane = async () => {
    while (left-- > 0) await append();
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: input.atATime }, lane));
  const ms = performance.now() - start;
  closeSync(file);
  return { ms };
}
