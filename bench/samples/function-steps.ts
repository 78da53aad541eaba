import { statSync } from "node:fs";
import path from "node:path";
import { defineTask, run } from "runledger";
import type { Measures } from "../row.ts";
import { smallResult } from "../small-result.ts";

/**
 * Steps of a function, `atATime` of them side by side; each lane waits for its step before it takes the next.
 * `warmUp` steps come before those that are timed.
 */
export async function sample(input: {
  directory: string;
  steps: number;
  warmUp: number;
  atATime: number;
}): Promise<Measures> {
  let ms = 0;
  const task = defineTask("bench", async ({ step }) => {
    const lanes = async (first: number, count: number) => {
      let next = first;
      const lane = async () => {
        while (next < first + count) {
          const n = next++;
          await step("work", { inputs: { n } }, () => smallResult(n));
        }
      };
      await Promise.all(Array.from({ length: input.atATime }, lane));
    };
    await lanes(0, input.warmUp);
    const start = performance.now();
    await lanes(input.warmUp, input.steps);
    ms = performance.now() - start;
  });
  const { runId } = await run(task, { workspace: input.directory, snapshot: false });
  const ledger = path.join(input.directory, ".runledger/runs", runId, "ledger.ndjson");
  return { ms, bytes: statSync(ledger).size / (input.steps + input.warmUp) };
}
