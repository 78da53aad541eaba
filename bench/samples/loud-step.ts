import { rmSync } from "node:fs";
import path from "node:path";
import { run } from "runledger";
import { chain, graphTask } from "../graph-task.ts";
import type { Measures } from "../row.ts";

/** A run of one plain command that prints so many MiB. */
export async function sample(input: { directory: string; mebibytes: number }): Promise<Measures> {
  const { directory, mebibytes } = input;
  const task = await graphTask(directory, { steps: chain(1, { run: ["head", "-c", `${mebibytes}M`, "/dev/zero"] }) });
  const start = performance.now();
  const { status } = await run(task, { workspace: directory });
  const ms = performance.now() - start;
  if (status !== "completed") throw new Error(`the run is ${status}`);
  rmSync(path.join(directory, ".runledger/objects"), { recursive: true });
  return { ms };
}
