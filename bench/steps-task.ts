import { defineTask, type FunctionTask, type StepFunction } from "runledger";
import { inLanes, type Lanes } from "./lanes.ts";
import { smallResult } from "./small-result.ts";

/** Takes steps that differ by their number. */
export function takeSteps(step: StepFunction, lanes: Lanes): Promise<void> {
  return inLanes(lanes, (n) => step("work", { inputs: { n } }, () => smallResult(n)));
}

/** The task of all benches with functions: of one name, so that one process can go on with what another began. */
export function stepsTask(execute: (step: StepFunction) => Promise<void>): FunctionTask {
  return defineTask("bench", ({ step }) => execute(step));
}
