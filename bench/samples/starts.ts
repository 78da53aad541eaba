import { spawnSync } from "node:child_process";
import type { Measures } from "../row.ts";
import { median } from "../statistics.ts";

/** Starts Node with these arguments so many times, one after the other: what a start takes to its end, the median. */
export async function sample(input: { args: string[]; directory: string; starts: number }): Promise<Measures> {
  const times = Array.from({ length: input.starts }, () => {
    const start = performance.now();
    startOnce(input);
    return performance.now() - start;
  });
  return { ms: median(times) };
}

function startOnce({ args, directory }: { args: string[]; directory: string }): void {
  const { status, signal, stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: "utf8" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${signal ?? status}: ${stderr}`);
}
