import { describe, expect, it } from "vitest";
import { replay } from "../../src/index.ts";
import { isDone } from "../../src/runstate/state.ts";
import { nightly } from "../faults/night.ts";
import { givenWorkspaces, leftOverProcesses, type Workspace } from "../run/given.ts";
import { normalForm } from "../run/normal-form.ts";
import { asked, givenFlow, script } from "./given.ts";

const workspaces = givenWorkspaces();

function given(): { workspace: Workspace; task: string } {
  const workspace = workspaces.make();
  return { workspace, task: givenFlow(workspace) };
}

const threeRounds = [
  ...["implement 1", "review 1", "implement_changes 2", "review 2", "update_spec 2"],
  ...["implement_changes 3", "review 3", "update_spec 3"],
];

const passes = { events: [{ event: "builder.completed", payload: { tests: { status: "pass" } } }] };

describe("the flow build-review-spec", () => {
  it("builds, reviews and maintains the spec, round by round, until both are content", async () => {
    const { workspace, task } = given();
    const { outcome } = await workspace.work({ task });
    expect(outcome).toMatchObject({ status: "completed", exitStatus: 0 });
    expect(asked(workspace)).toEqual(threeRounds);
    expect(workspace.read("handbook.md")).toContain("## Evenings");
    expect(workspace.events().find(({ event }) => event === "run.completed")?.payload["output"]).toEqual({
      rounds: 3,
      review: "approved",
      spec: "spec.updated",
    });
    const paths = workspace.receipts().flatMap(({ artifacts }) => artifacts.map((artifact) => artifact.path));
    expect(new Set(paths)).toEqual(new Set(["handbook.md", "reviews/handbook.json", "spec_notes/handbook.json"]));
  });

  it("tells the builder what was found, and covers it by the key", async () => {
    const { workspace, task } = given();
    await workspace.work({ task });
    const commands = workspace.entries().flatMap((entry) => (entry.kind === "command" ? [entry] : []));
    expect(commands.find(({ action }) => action === "implement_changes")?.inputs).toMatchObject({
      goal: expect.any(String),
      feedback: { findings: ["The mornings are missing."] },
      feedback_from: "review.completed",
      $runledger: { step: "implement-changes", round: 2, feedback: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
    });
    expect(new Set(commands.map(({ idempotency_key: key }) => key)).size).toBe(threeRounds.length);
  });

  it.each([
    { says: "nothing of its tests", payload: {} },
    { says: "that they fail", payload: { tests: { status: "fail" } } },
    {
      says: "that a failure is allowed in words of its own",
      payload: { tests: { status: "fail", allowed_failures: "yes" } },
    },
  ])("ends as failed, and nothing is reviewed, if the builder says $says", async ({ payload }) => {
    const { workspace, task } = given();
    script(workspace, "builder", { implement: { events: [{ event: "builder.completed", payload }] } });
    const { outcome } = await workspace.work({ task });
    expect(outcome).toMatchObject({ status: "failed", exitStatus: 1 });
    expect(asked(workspace)).toEqual(["implement 1"]);
    expect(workspace.events().at(-1)?.payload["error"]).toMatchObject({ code: "TESTS_NOT_PASSED" });
  });

  it("ends as failed when its rounds are used up", async () => {
    const { workspace, task } = given();
    const unhappy = { events: [{ event: "review.completed", status: "changes_requested", payload: {} }] };
    script(workspace, "reviewer", { review: unhappy });
    script(workspace, "builder", { implement: passes, implement_changes: passes });
    const { outcome } = await workspace.work({ task });
    expect(outcome).toMatchObject({ status: "failed" });
    expect(asked(workspace).at(-1)).toBe("review 5");
    expect(workspace.events().at(-1)?.payload["error"]).toMatchObject({ code: "ROUNDS_EXHAUSTED" });
  });

  it("ends as without a crash, killed with -9 after any of its entries, and asks nobody again", {
    timeout: 600_000,
  }, async () => {
    const undisturbed = given();
    await undisturbed.workspace.work({ task: undisturbed.task });
    const expected = normalForm(undisturbed.workspace);
    const entries = undisturbed.workspace.entries().length;
    expect(entries).toBeGreaterThan(20);
    // By day after every third: each kill takes two lives of three agents.
    for (let seq = 1; seq <= entries; seq += nightly > 1 ? 1 : 3) await surviveKillAt(seq, expected);
  });
});

async function surviveKillAt(killAtSeq: number, expected: object): Promise<void> {
  const { workspace, task } = given();
  await workspace.work({ task, killAtSeq });
  const runId = workspace.runId();
  const done = [...replay(workspace.entries()).commands.values()].filter(isDone).map(({ key }) => key);
  const before = workspace.entries().length;
  await workspace.here({ runId });
  expect(normalForm(workspace), `killed after entry ${killAtSeq}`).toEqual(expected);
  const again = workspace.entries().slice(before);
  const sent = again.flatMap((entry) => (entry.kind === "command" ? [entry.idempotency_key] : []));
  expect(sent.filter((key) => done.includes(key))).toEqual([]);
  expect(leftOverProcesses(runId)).toEqual([]);
}
