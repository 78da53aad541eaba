import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import type { Measures } from "../row.ts";

/** The limit of keeping what a command prints: through a pipe into a file, its SHA-256 taken on the way, then synced. */
export async function sample(input: { directory: string; mebibytes: number }): Promise<Measures> {
  const file = path.join(input.directory, "printed");
  const line = 'head -c "$1M" /dev/zero | tee "$2" | sha256sum && sync "$2"';
  const start = performance.now();
  const { status, stderr } = spawnSync("sh", ["-c", line, "sh", String(input.mebibytes), file], { encoding: "utf8" });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`sh ended with ${status}: ${stderr}`);
  rmSync(file);
  return { ms };
}
