import fs from "node:fs";
import { describe, expect, it } from "vitest";
import type { Notice } from "../../src/run/command/notice.ts";
import { givenWorkspaces, type Workspace } from "./given.ts";

const workspaces = givenWorkspaces();
const killsItsRun = "test -e counters/killed || { touch counters/killed; kill -9 $PPID; sleep 60; }";

const write = { id: "write", run: "printf written > out.txt", expected_outputs: [{ path: "out.txt" }] };
const inFlight = { id: "in-flight", run: killsItsRun, needs: ["write"] };

/** A run that was killed while `steps` were being worked on, in a workspace with the file source.txt. */
async function givenKilledRun(steps: object[] = [write, inFlight]): Promise<Workspace> {
  const workspace = workspaces.make();
  workspace.write("source.txt", "source");
  expect((await workspace.work({ task: workspace.task(steps) })).signal).toBe("SIGKILL");
  return workspace;
}

const bytesOf = (workspace: Workspace) => fs.readFileSync(workspace.runFile("ledger.ndjson"));

describe("an artifact that was edited after it was recorded", () => {
  it("stops the resume, which names it, ends with status 4 and appends nothing", async () => {
    const workspace = await givenKilledRun();
    workspace.write("out.txt", "edited");
    const before = bytesOf(workspace);
    const { exitStatus, error } = await workspace.work({ runId: workspace.runId() });
    expect(exitStatus).toBe(4);
    expect(error).toMatchObject({ code: "DRIFT", details: { paths: [{ path: "out.txt", kind: "artifact" }] } });
    expect(error?.message).toContain("out.txt");
    expect(error?.hint).toContain("--on-drift warn");
    expect(bytesOf(workspace)).toEqual(before);
    await expect(workspace.here({ task: "tasks/work.json" })).rejects.toMatchObject({ code: "DRIFT" });
    workspace.write("out.txt", "written");
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
  });

  it("stops the resume also if it is gone", async () => {
    const workspace = await givenKilledRun();
    fs.rmSync(workspace.path("out.txt"));
    await expect(workspace.resume()).rejects.toMatchObject({ code: "DRIFT", message: expect.stringContaining("gone") });
  });

  it("is gone on with when it is only warned of, and not asked about again", async () => {
    const workspace = await givenKilledRun([write, inFlight, { ...inFlight, id: "next", needs: ["in-flight"] }]);
    workspace.write("out.txt", "edited");
    fs.rmSync(workspace.path("counters/killed"));
    const runId = workspace.runId();
    const warned = await workspace.work({ runId, options: { onDrift: "warn" } });
    expect(warned.signal).toBe("SIGKILL");
    const found = workspace.events().filter(({ event }) => event === "drift.found");
    expect(found).toMatchObject([{ payload: { decision: "warn", paths: [{ path: "out.txt" }] } }]);
    const notices: Notice[] = [];
    const resumed = await workspace.resume({ onNotice: (notice) => notices.push(notice) });
    expect(resumed).toMatchObject({ status: "completed" });
    expect(notices.map(({ code }) => code)).not.toContain("DRIFT");
  });

  it("is asked about again when it is edited once more", async () => {
    const workspace = await givenKilledRun([
      write,
      { ...inFlight, run: "rm -f counters/killed; kill -9 $PPID; sleep 60" },
    ]);
    workspace.write("out.txt", "edited");
    await workspace.work({ runId: workspace.runId(), options: { onDrift: "warn" } });
    workspace.write("out.txt", "edited once more");
    await expect(workspace.resume()).rejects.toMatchObject({ code: "DRIFT" });
  });

  it("is gone on with in silence when it is ignored", async () => {
    const workspace = await givenKilledRun();
    workspace.write("out.txt", "edited");
    const notices: Notice[] = [];
    const options = { onDrift: "ignore" as const, onNotice: (notice: Notice) => notices.push(notice) };
    expect(await workspace.resume(options)).toMatchObject({ status: "completed" });
    expect(notices.map(({ code }) => code)).not.toContain("DRIFT");
  });

  it("is judged by its latest record", async () => {
    const again = { ...write, id: "again", run: "printf changed > out.txt", needs: ["write"] };
    const workspace = await givenKilledRun([write, again, { ...inFlight, needs: ["again"] }]);
    expect(workspace.read("out.txt")).toBe("changed");
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
  });
});

describe("no drift is", () => {
  it("a file that was not in the snapshot", async () => {
    const workspace = await givenKilledRun();
    workspace.write("unrelated.txt", "new");
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    expect(workspace.events().map(({ event }) => event)).not.toContain("drift.found");
  });

  it("what a step in flight left of its output", async () => {
    const workspace = workspaces.make();
    workspace.write("out.txt", "of the snapshot");
    const run = `printf half > out.txt; ${killsItsRun}; printf whole > out.txt`;
    const task = workspace.task([{ id: "write", run, writes: [], expected_outputs: [{ path: "out.txt" }] }]);
    expect((await workspace.work({ task })).signal).toBe("SIGKILL");
    expect(workspace.read("out.txt")).toBe("half");
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    expect(workspace.read("out.txt")).toBe("whole");
  });

  it("a touch, which leaves the content as it was", async () => {
    const workspace = await givenKilledRun();
    fs.utimesSync(workspace.path("out.txt"), 1, 1);
    fs.utimesSync(workspace.path("source.txt"), 1, 1);
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
  });
});

describe("a file of the snapshot that was changed", () => {
  const declared = [
    { ...write, writes: [] },
    { ...inFlight, writes: ["counters/**"] },
  ];

  it.each([
    { change: "changed", apply: (workspace: Workspace) => workspace.write("source.txt", "edited") },
    { change: "removed", apply: (workspace: Workspace) => fs.rmSync(workspace.path("source.txt")) },
  ])("stops the resume where every step says what it writes: $change", async ({ apply }) => {
    const workspace = await givenKilledRun(declared);
    apply(workspace);
    const paths = [{ path: "source.txt", kind: "snapshot" }];
    await expect(workspace.resume()).rejects.toMatchObject({ code: "DRIFT", details: { paths } });
  });

  it("does not where a step that may have started says that it writes it", async () => {
    const workspace = await givenKilledRun([
      { ...write, writes: [] },
      { ...inFlight, writes: ["source.*"] },
    ]);
    workspace.write("source.txt", "edited");
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
  });

  it("is only warned of where a step that may have started does not say what it writes", async () => {
    const workspace = await givenKilledRun();
    workspace.write("source.txt", "edited");
    const notices: Notice[] = [];
    const resumed = await workspace.resume({ onNotice: (notice) => notices.push(notice) });
    expect(resumed).toMatchObject({ status: "completed" });
    expect(notices).toContainEqual({ code: "DRIFT", message: expect.stringContaining("source.txt") });
  });

  it("is only warned of in functions", async () => {
    const workspace = workspaces.make();
    workspace.write("source.txt", "source");
    expect((await workspace.work({ function: "probe says true" })).signal).toBe("SIGKILL");
    workspace.write("source.txt", "edited");
    const notices: Notice[] = [];
    const options = { onNotice: (notice: Notice) => notices.push(notice) };
    expect(await workspace.resume(options, "probe says true")).toMatchObject({ status: "completed" });
    expect(notices.map(({ code }) => code)).toContain("DRIFT");
  });
});
