import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseTask } from "../../src/task/parse.ts";
import { unwrittenEffects } from "../../src/task/task.ts";
import { repository } from "../source/source-files.ts";

const task = parseTask(readFileSync(path.join(repository, "tasks/quickstart.yaml"), "utf8"), "tasks/quickstart.yaml");

describe("the task of the quickstart", () => {
  it("is a task that says what every one of its steps may do twice", () => {
    expect(task.steps.map(({ id }) => id)).toEqual(["collect", "words", "checksums", "index", "handbook", "publish"]);
    expect(unwrittenEffects(task)).toEqual([]);
  });

  it("starts an agent that is there", () => {
    const programs = Object.values(task.agents).map(({ command }) => String(command[1]));
    expect(programs.map((program) => existsSync(path.join(repository, program)))).toEqual([true]);
  });

  it("writes only to a folder of its own, outside of what its snapshot takes", () => {
    const outputs = task.steps.flatMap((step) => step.expected_outputs.map((output) => output.path));
    expect(outputs.filter((output) => !output.startsWith("build/quickstart/"))).toEqual([]);
    expect(task.snapshot?.include).toEqual(["README.md", "docs/**"]);
  });
});
