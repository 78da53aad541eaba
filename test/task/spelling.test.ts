import { describe, expect, it } from "vitest";
import { likelySpelling } from "../../src/task/spelling.ts";

const fields = ["id", "needs", "run", "agent", "action", "inputs", "expected_outputs", "writes", "effect", "probe"];

describe("the likely spelling", () => {
  it.each([
    ["expected_output", "expected_outputs"],
    ["expectedOutputs", "expected_outputs"],
    ["Needs", "needs"],
    ["nedes", "needs"],
    ["ruun", "run"],
    ["rnu", "run"],
    ["input", "inputs"],
    ["agnet", "agent"],
    ["efect", "effect"],
  ])("of %s is %s", (word, meant) => {
    expect(likelySpelling(word, fields)).toBe(meant);
  });

  it.each(["env", "colour", "", "x", "timeout", "e".repeat(100_000)])("of %.10s is none of the fields", (word) => {
    expect(likelySpelling(word, fields)).toBeUndefined();
  });

  it("is the closest one, of several equally close the first", () => {
    expect(likelySpelling("T-0043", ["T-0142", "T-0042", "T-0044"])).toBe("T-0042");
  });
});
