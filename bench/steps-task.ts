import { defineTask, type FunctionTask, type StepFunction } from "runledger";
import { smallResult } from "./small-result.ts";

export interface Lanes {
  readonly steps: number;
  readonly atATime: number;
  /** The number of the first step; default 0. */
  readonly first?: number;
}

/** Takes steps that differ by their number; each of the lanes waits for its step before it takes the next. */
export async function takeSteps(step: StepFunction, { steps, atATime, first = 0 }: Lanes): Promise<void> {
  let next = first;
  const lane = async () => {
    while (next < first + steps) {
      const n = next++;
      await step("work", { inputs: { n } }, () => smallResult(n));
    }
  };
  await Promise.all(Array.from({ length: atATime }, lane));
}

/** The task of all benches with functions: of one name, so that one process can go on with what another began. */
export function stepsTask(execute: (step: StepFunction) => Promise<void>): FunctionTask {
  return defineTask("bench", ({ step }) => execute(step));
}
