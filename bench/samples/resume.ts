import { resume } from "runledger";
import { finish } from "../finish.ts";
import type { Measures } from "../row.ts";
import { stepsTask, takeSteps } from "../steps-task.ts";

/**
 * Resumes a run of finished steps: `ms` from the call to the moment when the task may take its first step; with
 * `callAgain`, to the end of calling each of them again. Leaves the run unfinished, to be resumed once more.
 */
export async function sample(input: {
  workspace: string;
  runId: string;
  steps: number;
  callAgain: boolean;
}): Promise<Measures> {
  const { workspace, runId, steps, callAgain } = input;
  let start = 0;
  const task = stepsTask(async (step) => {
    if (callAgain) await takeSteps(step, { steps, atATime: 1 });
    finish({ ms: performance.now() - start });
  });
  start = performance.now();
  await resume(task, { runId, workspace });
  return {};
}
