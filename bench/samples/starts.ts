import { spawnSync } from "node:child_process";
import type { Measures } from "../row.ts";

/** Starts Node with these arguments so many times, one after the other: what one start takes, to its end. */
export async function sample(input: { args: string[]; directory: string; starts: number }): Promise<Measures> {
  const start = performance.now();
  for (let n = 0; n < input.starts; n++) startOnce(input);
  return { ms: (performance.now() - start) / input.starts };
}

function startOnce({ args, directory }: { args: string[]; directory: string }): void {
  const { status, signal, stderr } = spawnSync(process.execPath, args, { cwd: directory, encoding: "utf8" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${signal ?? status}: ${stderr}`);
}
