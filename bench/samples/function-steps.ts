import { statSync } from "node:fs";
import path from "node:path";
import { run } from "runledger";
import type { Measures } from "../row.ts";
import { stepsTask, takeSteps } from "../steps-task.ts";

/** Steps of a function; `warmUp` of them come before those that are timed. */
export async function sample(input: {
  directory: string;
  steps: number;
  warmUp: number;
  atATime: number;
}): Promise<Measures> {
  let ms = 0;
  const task = stepsTask(async (step) => {
    await takeSteps(step, { steps: input.warmUp, atATime: input.atATime });
    const start = performance.now();
    await takeSteps(step, { steps: input.steps, atATime: input.atATime, first: input.warmUp });
    ms = performance.now() - start;
  });
  const { runId } = await run(task, { workspace: input.directory, snapshot: false });
  const ledger = path.join(input.directory, ".runledger/runs", runId, "ledger.ndjson");
  return { ms, bytesEach: statSync(ledger).size / (input.steps + input.warmUp) };
}
