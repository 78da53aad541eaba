import { execFileSync } from "node:child_process";
import { lstatSync } from "node:fs";
import { treePaths } from "../file-tree.ts";
import type { Measures } from "../row.ts";

/** The limit of a snapshot in which nothing changed: `lstat` of every path, by `program` (lstat-loop.c) or by Node. */
export async function sample(input: { workspace: string; files: number; program?: string }): Promise<Measures> {
  const paths = treePaths(input.files).map((file) => `${input.workspace}/${file}`);
  if (input.program !== undefined) {
    return JSON.parse(execFileSync(input.program, { input: `${paths.join("\0")}\0`, encoding: "utf8" })) as Measures;
  }
  const start = performance.now();
  for (const path of paths) lstatSync(path);
  return { ms: performance.now() - start };
}
