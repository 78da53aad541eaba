import { describe, expect, it } from "vitest";
import { RunledgerError } from "../../src/errors.ts";
import type { DiskImage } from "../simulated/disk-image.ts";
import type { BeforeCall, Call } from "../simulated/faults.ts";
import { counting, nightly } from "./counts.ts";
import { faultsOf } from "./every-fault.ts";
import { Distinct, statesByTime } from "./moments.ts";
import { judge, normalForm } from "./run-judgement.ts";
import { type Life, live, nothingPromised, startAgain, summary } from "./run-life.ts";
import { functionRun, graphRun, parallelRun, type Scenario } from "./run-scenarios.ts";

const counts = counting("failing disks", {
  "failed calls": 5_000,
  "of them survived at once": 100,
  "lives after them": 500,
});
const timeoutMs = 600_000 * nightly;

describe("a run on a disk that fails", () => {
  for (const scenario of [functionRun, parallelRun, graphRun]) {
    it(`is refused by type, loses nothing, and is resumed: ${scenario.name}`, { timeout: timeoutMs }, async () => {
      const calls: Call[] = [];
      const sound = await begin(scenario, scenario.image, (call) => void calls.push(call));
      const expected = JSON.stringify(normalForm(scenario, sound));
      const problems: string[] = [];
      const distinct = new Distinct();
      for (const call of calls) {
        for (const fault of faultsOf(call)) {
          if (isOthersFile(call) && fault.errno === "EACCES") continue;
          const where = `${call.n} ${call.name} ${call.path} ${fault.errno} ${fault.effect}`;
          counts["failed calls"] += 1;
          const life = await begin(scenario, scenario.image, ({ n }) => (n === call.n ? fault : undefined));
          problems.push(
            ...(await judgeLife(scenario, expected, life, distinct)).map((problem) => `${where}: ${problem}`),
          );
        }
      }
      expect(problems.slice(0, 60)).toEqual([]);
    });
  }
});

/** An output that may not be read is the failure of its step, and no fault of the disk. */
function isOthersFile({ path }: Call): boolean {
  return path.startsWith("/project/out/");
}

function begin(scenario: Scenario, image: DiskImage, before: BeforeCall): Promise<Life> {
  return live(scenario, image, nothingPromised, { boot: 1, process: 1, before, type: startAgain });
}

/** A life with a fault either ends as it should or refuses by type; whatever the power does then, the next one finishes. */
async function judgeLife(scenario: Scenario, expected: string, life: Life, distinct: Distinct): Promise<string[]> {
  const problems: string[] = [];
  const { settled, promised, image } = life;
  if (isCompleted(life)) counts["of them survived at once"] += 1;
  else if (!isTyped(life)) problems.push(`not refused by type, but ${summary(settled)}`);
  const powerCuts = statesByTime(image).map((state) => ({ ...state, boot: 2 }));
  for (const state of [{ image, name: "at once", boot: 1 }, ...powerCuts]) {
    const tag = `${state.boot} ${promised.acknowledged.size} ${promised.effects.length}`;
    if (!distinct.isNew(state.image, tag)) continue;
    counts["lives after them"] += 1;
    const next = await live(scenario, state.image, promised, { boot: state.boot, process: 2 });
    for (const problem of judge(scenario, expected, image, promised, next)) {
      problems.push(`${state.name}, after ${summary(settled)}: ${problem}`);
    }
  }
  return problems;
}

function isCompleted({ settled }: Life): boolean {
  return settled?.kind === "done" && settled.value.status === "completed";
}

function isTyped({ settled }: Life): boolean {
  return settled?.kind === "threw" && settled.error instanceof RunledgerError && settled.error.code !== "INVARIANT";
}
