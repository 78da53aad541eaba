import { describe, expect, it } from "vitest";
import { counting } from "./counts.ts";
import { failuresOf, groupsOf, onlySeed } from "./tell-seeds.ts";

// A file of its own, so that two workers share the time.

const counts = counting("stories from seeds, second half", { seeds: onlySeed === undefined ? 2_500 : 0 });

describe.skipIf(onlySeed !== undefined)("whole runs under faults that a seed has drawn", () => {
  it.each(groupsOf(2))("keep every promise with the seeds %d to %d", { timeout: 300_000 }, async (first, last) => {
    counts.seeds += last - first + 1;
    const failures = await failuresOf(first, last);
    expect(failures.count, failures.text).toBe(0);
  });
});
