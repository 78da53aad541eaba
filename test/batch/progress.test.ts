import { describe, expect, it } from "vitest";
import { BatchProgress } from "../../src/cli/batch-progress.ts";
import type { Output } from "../../src/cli/output.ts";
import { type Part, rendered } from "../../src/cli/parts.ts";

/** What was said in lines that stay, and in lines that the next one replaces. */
function givenOutput() {
  const said = { lines: [] as string[], passing: [] as string[] };
  const output = {
    line: (...parts: Part[]) => void said.lines.push(rendered(parts, false)),
    passing: (...parts: Part[]) => void said.passing.push(rendered(parts, false)),
  };
  return { said, progress: new BatchProgress(output as unknown as Output) };
}

const at = (ms: number) => new Date(Date.UTC(2026, 10, 21) + ms).toISOString();

describe("the progress of a batch", () => {
  it("is one line at every 5 % and at most one a second in between, be it 100,000 items in 100 s", () => {
    const { said, progress } = givenOutput();
    progress.expanded("each", 100_000);
    for (let index = 0; index < 100_000; index += 1) {
      progress.sent(`each[${index}]`, at(index));
      progress.ended(`each[${index}]`, index % 100 === 0, at(index + 1));
    }
    expect(said.lines.length).toBe(1 + 20);
    expect(said.lines.at(10)).toBe("· each  50 %, 50,000 of 100,000 items, 500 failed, 1,000/s, 50 s left");
    expect(said.lines.at(-1)).toBe("· each  100 %, 100,000 of 100,000 items, 1,000 failed, 1,000/s");
    expect(said.passing.length).toBeGreaterThan(70);
    expect(said.passing.length).toBeLessThanOrEqual(100);
  });

  it("says a crossing of 5 % also where one item leads far beyond it, once", () => {
    const { said, progress } = givenOutput();
    progress.expanded("each", 3);
    for (const item of ["a", "b", "c"]) progress.ended(`each[${item}]`, false, at(5000));
    expect(said.lines.map((line) => /\d+ %/.exec(line)?.[0])).toEqual([undefined, "33 %", "66 %", "100 %"]);
  });

  it("goes on from what an earlier process did, and counts an item that is retried as failed no more", () => {
    const { said, progress } = givenOutput();
    const counts = { total: 10, queued: 5, running: 0, in_doubt: 0, completed: 4, failed: 1, skipped: 0, current: [] };
    const failures = [{ item: "bad", attempts: 1, code: "EXIT_STATUS", message: "" }];
    progress.known({ step: "each", status: "pending", attempts: 0, batch: { ...counts, failures } });
    progress.sent("each[bad]", at(0));
    progress.ended("each[bad]", false, at(1000));
    progress.ended("each[next]", false, at(2000));
    expect(said.lines).toEqual(["· each  5 of 10 items, 1 failed", "· each  60 %, 6 of 10 items, 1.0/s, 4.0 s left"]);
    expect(progress.isItem("each[x]")).toBe(true);
    expect(progress.isItem("other[x]")).toBe(false);
  });
});
