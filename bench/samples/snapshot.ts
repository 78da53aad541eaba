import { captureSnapshot } from "runledger";
import type { Measures } from "../row.ts";

/** One capture. Without a cache in `store` every file is read; the cache is left as it is. */
export async function sample({ workspace, store }: { workspace: string; store: string }): Promise<Measures> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const { files } = await captureSnapshot({ workspace, store });
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000, files: files.length };
}
