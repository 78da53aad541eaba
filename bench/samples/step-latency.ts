import { run } from "runledger";
import type { Measures } from "../row.ts";
import { smallResult } from "../small-result.ts";
import { percentile } from "../statistics.ts";
import { stepsTask } from "../steps-task.ts";

/**
 * How long a function step takes, from its call to the moment when it is durable and its caller goes on, with so many in
 * flight: half of them at most `p50`, all but one in a hundred at most `p99` µs.
 */
export async function sample(input: {
  directory: string;
  steps: number;
  warmUp: number;
  atATime: number;
}): Promise<Measures> {
  const micros: number[] = [];
  const task = stepsTask(async (step) => {
    let next = 0;
    const lane = async () => {
      while (next < input.warmUp + input.steps) {
        const n = next++;
        const start = performance.now();
        await step("work", { inputs: { n } }, () => smallResult(n));
        if (n >= input.warmUp) micros.push((performance.now() - start) * 1000);
      }
    };
    await Promise.all(Array.from({ length: input.atATime }, lane));
  });
  await run(task, { workspace: input.directory, snapshot: false });
  return { p50: percentile(micros, 0.5), p99: percentile(micros, 0.99) };
}
