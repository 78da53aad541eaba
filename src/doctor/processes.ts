import { runToken } from "../agent/environment.ts";
import { ProcessTable } from "../agent/process-table.ts";
import { leftOverPids } from "../agent/sweep.ts";
import type { World } from "../run/place/world.ts";
import type { ExaminedRun } from "./examined-run.ts";
import { type Finding, finding } from "./finding.ts";

/** The tokens that processes of this machine carry; none where the system does not tell. */
export function carriedTokens({ disk }: World): ReadonlySet<string> {
  const table = new ProcessTable(disk);
  return table.supported ? table.tokens() : new Set();
}

/** Processes that the run has started and that have outlived the one that worked on it. */
export function processFindings({ world, run, runId, alive, carriedTokens: carried }: ExaminedRun): Finding[] {
  const directory = world.disk.stat(run.directory);
  if (alive || directory === undefined) return [];
  const token = runToken(runId, directory.inode);
  const pids = carried.has(token) ? leftOverPids({ ...world, token }) : [];
  if (pids.length === 0) return [];
  const message = `processes that it has started are still there: ${pids.join(", ")}`;
  return [finding("PROCESSES_LEFT", { runId, message })];
}
