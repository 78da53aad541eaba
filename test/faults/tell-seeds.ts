import { describe, expect, it } from "vitest";
import { counting, nightly } from "./counts.ts";
import { Story } from "./seeded-story.ts";
import { finishAndJudge } from "./story-judgement.ts";

/** The one seed that somebody wants to see again. */
export const onlySeed = process.env["RUNLEDGER_SEED"];

/** In all, over the two files that share them. */
const seedCount = 5_000 * nightly;
/** So that a failure names a few hundred seeds. */
const groupSize = 500;

/** Tests that tell the stories of one half of all seeds. */
export function tellHalf(half: 1 | 2): void {
  const [begin, end] = half === 1 ? [1, seedCount / 2] : [seedCount / 2 + 1, seedCount];
  const counts = counting(`stories from seeds ${begin} to ${end}`, { seeds: onlySeed === undefined ? end - begin : 0 });
  describe.skipIf(onlySeed !== undefined)("whole runs under faults that a seed has drawn", () => {
    for (let first = begin; first <= end; first += groupSize) {
      const last = Math.min(first + groupSize - 1, end);
      it(`keep every promise with the seeds ${first} to ${last}`, { timeout: 300_000 }, async () => {
        const failures: string[] = [];
        for (let seed = first; seed <= last; seed++) {
          counts.seeds += 1;
          const { problems, text } = await tell(seed);
          if (problems.length > 0) failures.push(text);
        }
        expect(failures.length, `${failures.length} seeds fail; the first:\n${failures.slice(0, 3).join("\n\n")}`).toBe(
          0,
        );
      });
    }
  });
}

/** What is wrong after the story of `seed`, and the story with the command that tells it again. */
export async function tell(seed: number): Promise<{ problems: readonly string[]; text: string }> {
  const story = new Story(seed);
  await story.tell();
  const problems = await finishAndJudge(story);
  const replay = `RUNLEDGER_SEED=${seed} npx vitest run test/faults/seeds.test.ts`;
  const verdict = problems.join("; ") || "nothing is wrong";
  return { problems, text: [`seed ${seed}: ${verdict}`, `  ${replay}`, ...story.lines].join("\n") };
}
