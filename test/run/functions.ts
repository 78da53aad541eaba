import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { defineTask } from "../../src/index.ts";
import type { FunctionTask } from "../../src/run/define-task.ts";

/** The functions that processes are started with. What they do to the world, they do in `directory`. */
export function functionsIn(directory: string): Record<string, FunctionTask> {
  const count = (step: string) => fs.appendFileSync(path.join(directory, "counters", step), "x");

  const forty = defineTask("forty", async ({ step }) => {
    const numbers = Array.from({ length: 40 }, (_, index) => index);
    const squares = await Promise.all(
      numbers.map((number) =>
        step(`square-${number}`, { inputs: { number } }, async () => {
          count(`square-${number}`);
          await sleep(5 + ((number * 7) % 60));
          return number * number;
        }),
      ),
    );
    return step("sum", { inputs: { squares } }, () => {
      count("sum");
      return squares.reduce((sum, square) => sum + square, 0);
    });
  });

  return { forty: forty as FunctionTask };
}
