import { spawnSync } from "node:child_process";
import type { Measures } from "../row.ts";

/** One git command on the tree of `workspace`, whose repository is elsewhere. */
export async function sample(input: { repository: string; workspace: string; args: string[] }): Promise<Measures> {
  const place = [`--git-dir=${input.repository}`, `--work-tree=${input.workspace}`];
  const start = performance.now();
  const { status, error } = spawnSync("git", [...place, ...input.args], { stdio: "ignore" });
  if (status !== 0) throw error ?? new Error(`git ${input.args.join(" ")} ended with status ${status}`);
  return { ms: performance.now() - start };
}
