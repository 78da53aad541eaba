import { beforeAll, describe, expect, it } from "vitest";
import { counting, nightly } from "./counts.ts";
import { Distinct, extremeStates, type Moment, type NamedImage, statesByTime } from "./moments.ts";
import { judge, normalForm } from "./run-judgement.ts";
import { type Life, live, nothingPromised, type Promised, startAgain } from "./run-life.ts";
import { type Scenario, shortRun } from "./run-scenarios.ts";

const counts = counting("crashes in what follows a crash", {
  "kills, then power cuts": 700,
  "kills, then kills": 500,
  "crashes of a resume": 1_000,
});
const timeoutMs = 600_000 * nightly;

interface Given {
  readonly life: Life;
  readonly expected: string;
}

async function undisturbed(scenario: Scenario): Promise<Given> {
  const life = await live(scenario, scenario.image, nothingPromised, { boot: 1, process: 1, type: startAgain });
  return { life, expected: JSON.stringify(normalForm(scenario, life)) };
}

let given: Given;
beforeAll(async () => {
  given = await undisturbed(shortRun);
});

async function thirdLife(where: string, second: Moment<Promised>, state: NamedImage, boot: number): Promise<string[]> {
  const life = await live(shortRun, state.image, second.promised, { boot, process: 3 });
  const problems = [...judge(shortRun, given.expected, second.image, second.promised, life)];
  return problems.map((problem) => `${where}, ${state.name}: ${problem}`);
}

describe("a run that is hit a second time", () => {
  it("survives a kill, a life that gets part of the way, and then a power cut", { timeout: timeoutMs }, async () => {
    const problems: string[] = [];
    const distinct = new Distinct();
    for (const first of given.life.moments) {
      const { moments } = await live(shortRun, first.image, first.promised, { boot: 1, process: 2 });
      for (const second of moments) {
        for (const state of statesByTime(second.image)) {
          if (!distinct.isNew(state.image, tag(second.promised))) continue;
          counts["kills, then power cuts"] += 1;
          problems.push(...(await thirdLife(`killed at ${first.n}, power cut at ${second.n}`, second, state, 2)));
        }
        if (!distinct.isNew(second.image, `same boot ${tag(second.promised)}`)) continue;
        counts["kills, then kills"] += 1;
        const state = { image: second.image, name: "nothing is lost" };
        problems.push(...(await thirdLife(`killed at ${first.n} and ${second.n}`, second, state, 1)));
      }
    }
    expect(problems.slice(0, 60)).toEqual([]);
  });

  it("survives a crash of the resume that follows a power cut", { timeout: timeoutMs }, async () => {
    const problems: string[] = [];
    const [begun, ended] = [new Distinct(), new Distinct()];
    for (const first of given.life.moments) {
      for (const before of extremeStates(first.image)) {
        if (!begun.isNew(before.image, tag(first.promised))) continue;
        const { moments } = await live(shortRun, before.image, first.promised, { boot: 2, process: 2 });
        for (const second of moments) {
          for (const state of statesByTime(second.image)) {
            if (!ended.isNew(state.image, tag(second.promised))) continue;
            counts["crashes of a resume"] += 1;
            const where = `power cut at ${first.n} (${before.name}), again at ${second.n}`;
            problems.push(...(await thirdLife(where, second, state, 3)));
          }
        }
      }
    }
    expect(problems.slice(0, 60)).toEqual([]);
  });
});

function tag({ acknowledged, effects }: Promised): string {
  return `${acknowledged.size} ${effects.length}`;
}
