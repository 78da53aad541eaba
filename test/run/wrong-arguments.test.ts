import { beforeEach, describe, expect, it } from "vitest";
import { defineTask, resume, run } from "../../src/index.ts";
import { givenWorkspaces, type Workspace } from "./given.ts";

const workspaces = givenWorkspaces();
let workspace: Workspace;
beforeEach(() => {
  workspace = workspaces.make();
});

const given = (options: object) => ({ workspace: workspace.directory, store: workspace.store, ...options }) as never;
const task = defineTask("t", () => 1);

/** What callers in JavaScript hand over; no compiler has checked it. */
const usage = expect.objectContaining({ name: "RunledgerError", code: "USAGE" });

describe("wrong arguments", () => {
  it.each([[null], [5], ["release"], [{}], [[]]])("of run: %j is no task", async (wrong) => {
    await expect(run(wrong as never, given({}))).rejects.toEqual(usage);
  });

  it.each([
    [{ signal: 5 }, "an AbortSignal"],
    [{ signal: {} }, "an AbortSignal"],
    [{ store: 5 }, "a text"],
    [{ workspace: [] }, "a text"],
    [{ onEntry: 5 }, "a function"],
    [{ decide: "done" }, "a function"],
    [{ noResume: "yes" }, "true or false"],
    [{ graceMs: "1" }, "a number"],
    [{ world: null }, "an object"],
  ])("of run: %j is %s", async (wrong, kind) => {
    await expect(run(task, given(wrong))).rejects.toEqual(usage);
    await expect(run(task, given(wrong))).rejects.toThrow(kind);
    expect(workspace.runIds()).toEqual([]);
  });

  it.each([[null], [5], ["x"], [[]]])("of run: %j are no options", async (wrong) => {
    await expect(run(task, wrong as never)).rejects.toEqual(usage);
  });

  it.each([{ results: [] }, { inDoubt: null }, { onDrift: 5 }, { retryFailed: 1 }])("of resume: %j", async (wrong) => {
    await expect(resume(given({ runId: "run-20261121-070000-0a1b2c3d", ...wrong }))).rejects.toEqual(usage);
  });

  it.each([
    ["no function", ["x"]],
    ["null for options", ["x", () => 1, null]],
    ["an unknown option", ["x", () => 1, { versoin: "1" }]],
    ["a version that is a number", ["x", () => 1, { version: 1 }]],
    ["null for agents", ["x", () => 1, { agents: null }]],
    ["a list of agents", ["x", () => 1, { agents: [] }]],
    ["null for an agent", ["x", () => 1, { agents: { a: null } }]],
  ])("of defineTask: %s", (_, wrong) => {
    expect(() => defineTask(...(wrong as Parameters<typeof defineTask>))).toThrow(usage);
  });

  it.each([
    { action: 5 },
    { expectedOutputs: "x" },
    { expectedOutputs: [5] },
    { feedback: 5 },
    { feedback: {} },
    { retry: { maxAttempts: 2, delay: 5 } },
    { inputs: null },
    { inputs: [1] },
  ])("of ask: %j", async (wrong) => {
    const asking = defineTask("asking", ({ ask }) => ask("q", { agent: "a", action: "build", ...wrong } as never), {
      agents: { a: { command: ["true"] } },
    });
    expect(await run(asking, given({ snapshot: false }))).toMatchObject({ status: "failed", error: { code: "USAGE" } });
  });

  it.each([
    [{ retry: { maxAttempts: 2, attempts: 3 } }, "attempts"],
    [{ retry: 3 }, "retry is 3"],
    [{ retry: null }, "retry is null"],
    [{ inputs: null }, "inputs are not an object"],
    [{ inputs: [1] }, "inputs are not an object"],
  ])("of step: %j", async (wrong, says) => {
    const stepping = defineTask("stepping", ({ step }) => step("a", wrong as never, () => 1));
    const failed = await run(stepping, given({ snapshot: false }));
    const message = expect.stringContaining(says);
    expect(failed).toMatchObject({ status: "failed", error: { code: "USAGE", message } });
  });
});
