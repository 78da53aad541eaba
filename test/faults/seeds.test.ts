import { describe, expect, it } from "vitest";
import { counting, nightly } from "./counts.ts";
import { Story } from "./seeded-story.ts";
import { finishAndJudge } from "./story-judgement.ts";

const only = process.env["RUNLEDGER_SEED"];
const seedCount = 5_000 * nightly;
/** So that a failure names a few hundred seeds, and other tests get their turn. */
const groupSize = 500;

/** Seeds that have found something: what, and that it stays mended. */
const regressionSeeds: Readonly<Record<number, string>> = {};

const counts = counting("stories from seeds", only === undefined ? { seeds: seedCount } : { seeds: 1 });

async function tell(seeds: readonly number[]): Promise<string[]> {
  const failures: string[] = [];
  for (const seed of seeds) {
    counts.seeds += 1;
    const story = new Story(seed);
    await story.tell();
    const problems = await finishAndJudge(story);
    if (problems.length > 0 || only !== undefined) failures.push(textOf(seed, story, problems));
  }
  return failures;
}

function textOf(seed: number, { lines }: Story, problems: readonly string[]): string {
  const replay = `RUNLEDGER_SEED=${seed} npx vitest run test/faults/seeds.test.ts`;
  return [`seed ${seed}: ${problems.join("; ") || "nothing is wrong"}`, `  ${replay}`, ...lines].join("\n");
}

describe.skipIf(only !== undefined)("whole runs under faults that a seed has drawn", () => {
  it.each(Object.entries(regressionSeeds))("still hold with seed %s: %s", async (seed) => {
    expect(await tell([Number(seed)])).toEqual([]);
  });

  for (let first = 1; first <= seedCount; first += groupSize) {
    const last = Math.min(first + groupSize - 1, seedCount);
    it(`keep every promise with the seeds ${first} to ${last}`, { timeout: 300_000 }, async () => {
      const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);
      const failures = await tell(seeds);
      expect(failures.length, `${failures.length} seeds fail; the first:\n${failures.slice(0, 3).join("\n\n")}`).toBe(
        0,
      );
    });
  }
});

describe.skipIf(only === undefined)("the story of one seed", () => {
  it(`is told: ${only}`, async () => {
    const [text = ""] = await tell([Number(only)]);
    console.log(text);
    expect(text).toContain("nothing is wrong");
  });
});
