import { run } from "runledger";
import { finish } from "../finish.ts";
import type { Measures } from "../row.ts";
import { stepsTask, takeSteps } from "../steps-task.ts";

/** Leaves a run of `steps` finished function steps as kill -9 would, for those who resume it. */
export async function sample({ directory, steps }: { directory: string; steps: number }): Promise<Measures> {
  const start = performance.now();
  const task = stepsTask(async (step) => {
    await takeSteps(step, { steps, atATime: 1000 });
    finish({ ms: performance.now() - start });
  });
  await run(task, { workspace: directory, snapshot: false });
  return {};
}
