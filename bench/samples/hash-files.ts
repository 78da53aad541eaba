import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { treePaths } from "../file-tree.ts";
import type { Measures } from "../row.ts";

/**
 * The limit of a snapshot: two threads that know all paths and have started already read and hash every file, and
 * keep only how many bytes there were.
 */
export async function sample(input: { workspace: string; files: number }): Promise<Measures> {
  const paths = treePaths(input.files).map((file) => `${input.workspace}/${file}`);
  const middle = paths.length >> 1;
  const threads = [paths.slice(0, middle), paths.slice(middle)].map(
    (half) => new Worker(new URL("../hash-thread.ts", import.meta.url), { workerData: half }),
  );
  await Promise.all(threads.map((thread) => once(thread, "message")));
  const cpu = process.cpuUsage();
  const start = performance.now();
  const answers = threads.map((thread) => once(thread, "message") as Promise<[number]>);
  for (const thread of threads) thread.postMessage("go");
  const bytes = (await Promise.all(answers)).reduce((sum, [each]) => sum + each, 0);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  await Promise.all(threads.map((thread) => thread.terminate()));
  return { ms, cpuMs: (user + system) / 1000, bytes };
}
