import { describe, expect, it } from "vitest";
import { counting, nightly } from "./counts.ts";
import { Distinct, isLock, statesAfter } from "./moments.ts";
import { Problems } from "./problems.ts";
import { judge, normalForm } from "./run-judgement.ts";
import { type Life, live, nothingPromised, startAgain } from "./run-life.ts";
import { batchRun, functionRun, graphRun, parallelRun, type Scenario, shortRun } from "./run-scenarios.ts";

const counts = counting("crashes of runs", { "crash points": 350, "disk states": 4_000, kills: 350 });
const timeoutMs = 300_000 * nightly;
const samples = 8 * nightly;

describe("a run whose machine or process dies", () => {
  for (const scenario of [shortRun, functionRun, parallelRun, graphRun, batchRun]) {
    it(`ends as if nothing had happened: ${scenario.name}`, { timeout: timeoutMs }, async () => {
      const undisturbed = await firstLife(scenario);
      const expected = JSON.stringify(normalForm(scenario, undisturbed));
      const problems = new Problems();
      const distinct = new Distinct();
      for (const { image: died, promised, n } of undisturbed.moments) {
        counts["crash points"] += 1;
        const tag = `${promised.acknowledged.size} ${promised.effects.length}`;
        const states = [{ image: died, name: "killed", boot: 1 }];
        for (const state of statesAfter(died, [], samples, settledIn(scenario))) states.push({ ...state, boot: 2 });
        for (const { image, name, boot } of states) {
          if (boot === 2 && !distinct.isNew(image, tag)) continue;
          counts[boot === 1 ? "kills" : "disk states"] += 1;
          const next = await live(scenario, image, promised, { boot, process: 2 });
          const found = [...judge(scenario, expected, died, promised, next)];
          problems.add(found.map((problem) => `crash at ${n}, ${name}: ${problem}`));
        }
      }
      problems.expectNone();
    });
  }
});

/** What a lock file says decides nothing: the shortest scenario tries it, the others keep it as it was written. */
function settledIn(scenario: Scenario): ((path: string) => boolean) | undefined {
  return scenario === shortRun ? undefined : isLock;
}

async function firstLife(scenario: Scenario): Promise<Life> {
  const life = await live(scenario, scenario.image, nothingPromised, { boot: 1, process: 1, type: startAgain });
  expect(life.settled).toMatchObject({ kind: "done", value: { status: "completed" } });
  return life;
}
