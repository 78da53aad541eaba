import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { loadTask, run } from "../../src/index.ts";
import { givenWorkspaces } from "./given.ts";

const workspaces = givenWorkspaces();
const steps = [{ id: "only", run: "printf x >> counters/only; seq 1 9000", effect: "once" }];

describe("a store", () => {
  it("with a file where the objects are to be is refused before a step is done", async () => {
    const workspace = workspaces.make();
    const task = workspace.task(steps);
    workspace.write(".runledger/objects", "not a directory");
    await expect(workspace.here({ task })).rejects.toMatchObject({ code: "CANNOT_CREATE" });
    expect(workspace.counters()).toEqual({});
    fs.rmSync(workspace.path(".runledger/objects"));
    expect(await workspace.here({ task })).toMatchObject({ status: "completed" });
  });

  it("with a file where the cache is to be works without a cache", async () => {
    const workspace = workspaces.make();
    const task = workspace.task(steps);
    workspace.write(".runledger/cache", "not a directory");
    expect(await workspace.here({ task })).toMatchObject({ status: "completed" });
    expect(workspace.read(".runledger/cache")).toBe("not a directory");
    fs.rmSync(workspace.path(".runledger/cache"));
  });

  it("on a path that leads in a circle is refused with a code", async () => {
    const workspace = workspaces.make();
    const task = workspace.task(steps);
    fs.symlinkSync("circle", workspace.path("circle"));
    const there = { workspace: workspace.directory, store: workspace.path("circle", "store") };
    await expect(loadTask(workspace.path(task), there)).rejects.toMatchObject({ code: "READ_FAILED" });
  });

  it("is worked on where the user's state directory is out of reach", async () => {
    const workspace = workspaces.make();
    fs.symlinkSync("circle", workspace.path("circle"));
    const state = { XDG_STATE_HOME: workspace.path("circle") };
    const asked = { task: workspace.task(steps), killAtSeq: 2 };
    expect(await workspace.work(asked, state)).toMatchObject({ signal: "SIGKILL" });
    const again = { runId: workspace.runId(), options: { onInDoubt: "retry" as const } };
    expect(await workspace.work(again, state)).toMatchObject({ outcome: { status: "completed" } });
  });
});

it("a task that was not waited for is refused as what it is", async () => {
  const workspace = workspaces.make();
  const task = loadTask(workspace.path(workspace.task(steps)), { workspace: workspace.directory });
  const refused = run(task as never, { workspace: workspace.directory, store: workspace.store });
  await expect(refused).rejects.toMatchObject({ code: "USAGE", message: expect.stringMatching(/promise/) });
});
