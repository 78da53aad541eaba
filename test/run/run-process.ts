// One process of a run: does the job on its command line, says on stdout what becomes durable, and then how it ended.
import fs from "node:fs";
import { loadTask, RunledgerError, resume, run } from "../../src/index.ts";
import { functionsIn } from "./functions.ts";
import type { Job, Said } from "./job.ts";

const job = JSON.parse(process.argv[2] ?? "") as Job;
const say = (said: Said) => fs.writeSync(1, `${JSON.stringify(said)}\n`);

const options = {
  ...job.options,
  workspace: job.workspace,
  store: job.store,
  onEntry: (entry: { seq: number; kind: string }) => {
    say({ seq: entry.seq, kind: entry.kind });
    if (entry.seq === job.killAtSeq) process.kill(process.pid, "SIGKILL");
  },
};

async function work() {
  const { runId } = job;
  const task = job.function === undefined ? undefined : functionsIn(job.workspace)[job.function];
  if (runId === undefined) return run(task ?? (await loadTask(job.task ?? "", { workspace: job.workspace })), options);
  return task === undefined ? resume({ ...options, runId }) : resume(task, { ...options, runId });
}

try {
  const { state: _, receipts: __, ...outcome } = await work();
  say({ outcome });
  process.exitCode = outcome.exitStatus;
} catch (error) {
  if (!(error instanceof RunledgerError)) throw error;
  const { code, message, hint, exitStatus, details } = error;
  say({ error: { code, message, hint, exitStatus, details } });
  process.exitCode = exitStatus;
}
