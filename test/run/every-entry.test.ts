import path from "node:path";
import { describe, expect, it } from "vitest";
import { expectNothingLeft, givenWorkspaces, type Workspace } from "./given.ts";
import type { Job } from "./job.ts";
import { normalForm } from "./normal-form.ts";

const workspaces = givenWorkspaces();
const agent = path.resolve(import.meta.dirname, "fixtures/builder.mjs");

/** One of everything: an agent that talks, a retry, an effect that must not happen twice, a failure and what it blocks. */
const stages = {
  version: 1,
  id: "stages",
  concurrency: 2,
  agents: { builder: { command: ["node", agent] } },
  steps: [
    {
      id: "write",
      run: "printf written > out.txt; printf x >> counters/write",
      expected_outputs: [{ path: "out.txt" }],
    },
    {
      id: "build",
      ...{ agent: "builder", action: "implement", inputs: { goal: "all" }, needs: ["write"] },
      expected_outputs: [{ path: "built.txt" }],
    },
    {
      id: "flaky",
      run: "test -e counters/flaky || { touch counters/flaky; exit 3; }",
      retry: { max_attempts: 2 },
      needs: ["write"],
    },
    { id: "pay", effect: "once", run: "printf x >> counters/pay", probe: "test -s counters/pay", needs: ["build"] },
    { id: "fail", run: "exit 1", needs: ["flaky"] },
    { id: "blocked", run: "printf x >> counters/blocked", needs: ["fail"] },
  ],
};

function givenStages(): Workspace {
  const workspace = workspaces.make();
  workspace.write("stages.json", stages);
  return workspace;
}

describe("kill -9 after every single entry", () => {
  it.each([
    { title: "a task file", work: { task: "stages.json" }, status: "failed" },
    { title: "a function", work: { function: "stages" }, status: "completed" },
  ])("ends as without a crash: $title", { timeout: 300_000 }, async ({ work, status }) => {
    const undisturbed = givenStages();
    expect((await undisturbed.work(work)).outcome?.status).toBe(status);
    const expected = normalForm(undisturbed);
    const entries = undisturbed.entries().length;
    expect(entries).toBeGreaterThan(10);
    for (let seq = 1; seq <= entries; seq += 1) await surviveKillAt(seq, work, expected);
  });
});

async function surviveKillAt(killAtSeq: number, work: Pick<Job, "task" | "function">, expected: object): Promise<void> {
  const workspace = givenStages();
  const { signal, seqs } = await workspace.work({ ...work, killAtSeq });
  // Two steps at a time: another order of entries may make it shorter by one.
  if (signal !== "SIGKILL") expect(seqs.length).toBeLessThan(killAtSeq);
  await workspace.here({ function: work.function, runId: workspace.runId() });
  expect(normalForm(workspace), `killed after entry ${killAtSeq}`).toEqual(expected);
  const { pay, blocked } = workspace.counters();
  expect({ pay, blocked }).toEqual({ pay: 1, blocked: undefined });
  expectNothingLeft(workspace);
}
