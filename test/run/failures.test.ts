import { describe, expect, it } from "vitest";
import { givenWorkspaces } from "./given.ts";

const workspaces = givenWorkspaces();
const counts = (id: string, then = "true") => `printf x >> counters/${id}; ${then}`;

/** `fail` fails until somebody mends it; one step needs it, one does not. */
const steps = [
  { id: "fail", run: counts("fail", "test -e counters/mended") },
  { id: "needs-it", run: counts("needs-it"), needs: ["fail"] },
  { id: "needs-that", run: counts("needs-that"), needs: ["needs-it"] },
  { id: "apart", run: counts("apart") },
];

describe("a failed step", () => {
  it("blocks what needs it, lets the rest be done, and ends the run as failed", async () => {
    const workspace = workspaces.make();
    const { outcome, exitStatus } = await workspace.work({ task: workspace.task(steps) });
    expect(exitStatus).toBe(1);
    expect(outcome).toMatchObject({ status: "failed", steps: ["fail"] });
    expect(workspace.counters()).toEqual({ fail: 1, apart: 1 });
    const state = JSON.parse(workspace.read(`.runledger/runs/${workspace.runId()}/run.json`));
    expect(state.steps.map(({ step, status, blocked_by }: never) => ({ step, status, blocked_by }))).toEqual([
      { step: "fail", status: "failed" },
      { step: "needs-it", status: "blocked", blocked_by: ["fail"] },
      { step: "needs-that", status: "blocked", blocked_by: ["needs-it"] },
      { step: "apart", status: "completed" },
    ]);
    expect(workspace.events().at(-1)).toMatchObject({
      event: "run.failed",
      payload: { failed: ["fail"], blocked: ["needs-it", "needs-that"] },
    });
  });

  it("is left as it is by a resume, which says so and appends nothing", async () => {
    const workspace = workspaces.make();
    await workspace.work({ task: workspace.task(steps) });
    const entries = workspace.entries();
    const { outcome, exitStatus } = await workspace.work({ runId: workspace.runId() });
    expect(exitStatus).toBe(1);
    expect(outcome).toMatchObject({ status: "failed", steps: ["fail"], wasSettled: true });
    expect(workspace.entries()).toEqual(entries);
    expect(workspace.counters()).toEqual({ fail: 1, apart: 1 });
  });

  it("is tried again when asked, and what it blocked goes on", async () => {
    const workspace = workspaces.make();
    await workspace.work({ task: workspace.task(steps) });
    workspace.write("counters/mended", "");
    const { exitStatus } = await workspace.work({ runId: workspace.runId(), options: { retryFailed: true } });
    expect(exitStatus).toBe(0);
    expect(workspace.counters()).toMatchObject({ fail: 2, "needs-it": 1, "needs-that": 1, apart: 1 });
    expect(workspace.receipts().map(({ n, step, status, attempt }) => [n, step, status, attempt])).toEqual([
      [1, "fail", "failed", 1],
      [2, "apart", "success", 1],
      [3, "fail", "success", 2],
      [4, "needs-it", "success", 1],
      [5, "needs-that", "success", 1],
    ]);
  });

  it("gets max_attempts more by each retry, and the counter goes on", async () => {
    const workspace = workspaces.make();
    const [fail = {}] = steps;
    await workspace.work({ task: workspace.task([{ ...fail, retry: { max_attempts: 2 } }]) });
    expect(workspace.counters()).toEqual({ fail: 2 });
    await workspace.resume({ retryFailed: true });
    expect(workspace.counters()).toEqual({ fail: 4 });
    expect(workspace.events("fail").map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
  });
});

describe("a crash after a failure", () => {
  it("takes nothing away from the attempts that were left", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([{ id: "fail", run: counts("fail", "exit 1"), retry: { max_attempts: 3 } }]);
    const { signal } = await workspace.work({ task, killAtSeq: 3 });
    expect(signal).toBe("SIGKILL");
    expect(workspace.entries().at(-1)).toMatchObject({ event: "exec.completed", attempt: 1 });
    expect(await workspace.resume()).toMatchObject({ status: "failed" });
    expect(workspace.counters()).toEqual({ fail: 3 });
    expect(workspace.events("fail").map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it("never ends as completed", async () => {
    const workspace = workspaces.make();
    const task = workspace.task(steps.slice(0, 2));
    await workspace.work({ task, killAtSeq: 3 });
    expect(workspace.entries().at(-1)).toMatchObject({ event: "exec.completed", status: "failed" });
    expect(await workspace.resume()).toMatchObject({ status: "failed", exitStatus: 1, steps: ["fail"] });
    expect(workspace.counters()).toEqual({ fail: 1 });
    expect(workspace.events().at(-1)).toMatchObject({ event: "run.failed", payload: { blocked: ["needs-it"] } });
  });

  it("between two stages goes on with the second", async () => {
    const workspace = workspaces.make();
    const chain = [
      { id: "first", run: counts("first") },
      { id: "second", run: counts("second"), needs: ["first"] },
    ];
    await workspace.work({ task: workspace.task(chain), killAtSeq: 3 });
    expect(workspace.counters()).toEqual({ first: 1 });
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    expect(workspace.counters()).toEqual({ first: 1, second: 1 });
  });
});

describe("an agent that dies without a terminal event", () => {
  it("leaves its step in doubt, which is sent again as an attempt", async () => {
    const workspace = workspaces.make();
    const builder = `${import.meta.dirname}/fixtures/builder.mjs`;
    const build = { id: "build", agent: "builder", action: "implement", retry: { max_attempts: 2 } };
    const agents = { builder: { command: ["node", builder, "dies once"] } };
    const { exitStatus } = await workspace.work({ task: workspace.task([build], { agents }) });
    expect(exitStatus).toBe(0);
    expect(workspace.events("build").map(({ event, attempt }) => `${event} ${attempt}`)).toEqual([
      "step.in_doubt 1",
      "builder.completed 2",
    ]);
  });
});

describe("a run that needs no work", () => {
  it("is left alone once it has completed", async () => {
    const workspace = workspaces.make();
    await workspace.work({ task: workspace.task([{ id: "only", run: counts("only") }]) });
    const entries = workspace.entries();
    const again = await workspace.work({ runId: workspace.runId() });
    expect(again).toMatchObject({ exitStatus: 0, outcome: { status: "completed", wasSettled: true } });
    expect(workspace.entries()).toEqual(entries);
    expect(workspace.counters()).toEqual({ only: 1 });
  });

  it("gets its run.json from a resume, if the process was killed before it wrote that", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([{ id: "only", run: counts("only") }]);
    await workspace.work({ task, killAtSeq: 4 });
    expect(workspace.entries().at(-1)).toMatchObject({ event: "run.completed" });
    const state = () => JSON.parse(workspace.read(`.runledger/runs/${workspace.runId()}/run.json`));
    expect(state()).toMatchObject({ status: "running" });
    expect(await workspace.resume()).toMatchObject({ status: "completed", wasSettled: true });
    expect(state()).toMatchObject({ status: "completed", head: { seq: 4 } });
  });
});
