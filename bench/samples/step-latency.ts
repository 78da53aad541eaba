import { run } from "runledger";
import { inLanes, type TimedSteps } from "../lanes.ts";
import type { Measures } from "../row.ts";
import { smallResult } from "../small-result.ts";
import { percentile } from "../statistics.ts";
import { stepsTask } from "../steps-task.ts";

/**
 * How long a function step takes, from its call to the moment when it is durable and its caller goes on, with so many in
 * flight: half of them at most `p50`, all but one in a hundred at most `p99` µs.
 */
export async function sample(input: TimedSteps): Promise<Measures> {
  const { directory, steps, warmUp, atATime } = input;
  const micros: number[] = [];
  const task = stepsTask(async (step) => {
    await inLanes({ steps: warmUp + steps, atATime }, async (n) => {
      const start = performance.now();
      await step("work", { inputs: { n } }, () => smallResult(n));
      if (n >= warmUp) micros.push((performance.now() - start) * 1000);
    });
  });
  await run(task, { workspace: directory, snapshot: false });
  return { p50: percentile(micros, 0.5), p99: percentile(micros, 0.99) };
}
