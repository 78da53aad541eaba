import { nightly } from "./night.ts";
import { Story } from "./seeded-story.ts";
import { finishAndJudge } from "./story-judgement.ts";

/** The one seed that somebody wants to see again. */
export const onlySeed = process.env["RUNLEDGER_SEED"];

/** In all, over the two files that share them. */
const seedCount = 5_000 * nightly;
/** So that a failure names a few hundred seeds. */
const groupSize = 500;

/** First and last seed of each group of one half of all seeds; none if only one seed is wanted. */
export function groupsOf(half: 1 | 2): [first: number, last: number][] {
  const count = onlySeed === undefined ? seedCount / 2 / groupSize : 0;
  const begin = half === 1 ? 1 : seedCount / 2 + 1;
  return Array.from({ length: count }, (_, index) => {
    const first = begin + index * groupSize;
    return [first, first + groupSize - 1];
  });
}

/** The stories of those seeds that end badly: how many, and the first three. */
export async function failuresOf(first: number, last: number): Promise<{ count: number; text: string }> {
  const failures: string[] = [];
  for (let seed = first; seed <= last; seed++) {
    const { problems, text } = await tell(seed);
    if (problems.length > 0) failures.push(text);
  }
  const text = `${failures.length} seeds fail; the first:\n${failures.slice(0, 3).join("\n\n")}`;
  return { count: failures.length, text };
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
