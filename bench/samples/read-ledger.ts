import { execFileSync } from "node:child_process";
import path from "node:path";
import type { Measures } from "../row.ts";

const readOnce = path.resolve(import.meta.dirname, "../read-once.mjs");

/** Reads a whole ledger in a process that does nothing else. `rssMegabytes` are those of that one. */
export async function sample(input: { how: string; workspace: string; runId: string }): Promise<Measures> {
  const { how, workspace, runId } = input;
  const said = execFileSync(process.execPath, [readOnce, how, workspace, runId], { encoding: "utf8" });
  return JSON.parse(said) as Measures;
}
