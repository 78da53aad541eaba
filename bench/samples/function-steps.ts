import { run } from "runledger";
import { ledgerSize } from "../given-run.ts";
import type { TimedSteps } from "../lanes.ts";
import type { Measures } from "../row.ts";
import { stepsTask, takeSteps } from "../steps-task.ts";

/** Steps of a function; `warmUp` of them come before those that are timed. */
export async function sample(input: TimedSteps): Promise<Measures> {
  let ms = 0;
  const task = stepsTask(async (step) => {
    await takeSteps(step, { steps: input.warmUp, atATime: input.atATime });
    const start = performance.now();
    await takeSteps(step, { steps: input.steps, atATime: input.atATime, first: input.warmUp });
    ms = performance.now() - start;
  });
  await run(task, { workspace: input.directory, snapshot: false });
  return { ms, ...ledgerSize(input.directory) };
}
