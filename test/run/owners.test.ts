import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { givenWorkspaces, leftOverProcesses, until, type Workspace } from "./given.ts";

const workspaces = givenWorkspaces();

/** Says that it has begun, and ends when somebody writes counters/go. */
const waits = "printf x >> counters/waits; until test -e counters/go; do sleep 0.01; done";
const begun = (workspace: Workspace) => until(() => (workspace.counters()["waits"] ?? 0) > 0);

describe("two processes on one run", () => {
  it("are not: the second is refused, naming the first", async () => {
    const workspace = workspaces.make();
    const owner = workspace.start({ task: workspace.task([{ id: "waits", run: waits }]) });
    await begun(workspace);
    const ledger = () => fs.readFileSync(workspace.runFile("ledger.ndjson"));
    const before = ledger();
    for (const asked of [{ runId: workspace.runId() }, { task: "tasks/work.json" }]) {
      const { exitStatus, error } = await workspace.work(asked);
      expect(exitStatus).toBe(5);
      expect(error).toMatchObject({ code: "RUN_OWNED", details: { owner: { pid: owner.pid } } });
      expect(error?.message).toContain(`process ${owner.pid}`);
    }
    expect(ledger()).toEqual(before);
    workspace.write("counters/go", "");
    expect((await owner.ended).exitStatus).toBe(0);
    expect(workspace.counters()).toMatchObject({ waits: 1 });
  });

  it("are not, also when both resume at the same moment", async () => {
    const workspace = workspaces.make();
    await workspace.work({ task: workspace.task([{ id: "waits", run: waits }]), killAtSeq: 1 });
    const resumes = [1, 2, 3].map(() => workspace.start({ runId: workspace.runId() }));
    const refused = Promise.all(resumes.map(({ ended }) => Promise.race([ended, begun(workspace).then(() => ended)])));
    // All but one are refused while the one waits.
    await until(() => resumes.filter((each) => each.hasEnded).length === 2);
    workspace.write("counters/go", "");
    const statuses = (await refused).map(({ exitStatus }) => exitStatus);
    expect(statuses.sort()).toEqual([0, 5, 5]);
    expect(workspace.counters()).toMatchObject({ waits: 1 });
    expect(workspace.events().filter(({ event }) => event === "run.resumed")).toHaveLength(1);
  });

  it("make one run when both start the same task at the same moment", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([{ id: "waits", run: waits }]);
    const starts = [1, 2, 3].map(() => workspace.start({ task }));
    await until(() => starts.filter((each) => each.hasEnded).length === 2);
    workspace.write("counters/go", "");
    const ended = await Promise.all(starts.map((each) => each.ended));
    expect(ended.map(({ exitStatus }) => exitStatus).sort()).toEqual([0, 5, 5]);
    expect(workspace.runIds()).toHaveLength(1);
    expect(workspace.counters()).toMatchObject({ waits: 1 });
  });
});

describe("after kill -9 of the owner", () => {
  it("the next process starts at once, and nothing of the dead run is left when it begins to work", async () => {
    const workspace = workspaces.make();
    const leaves = [
      "sleep 600 &",
      "setsid sleep 600 &",
      "(setsid sh -c 'trap \"\" TERM HUP; sleep 600 & wait' &)",
      "touch counters/left; sleep 600",
    ].join("\n");
    const look = `grep -lsa "$RUNLEDGER_RUN_ID@" /proc/[0-9]*/environ | grep -cv "/proc/self/" > counters/seen; true`;
    const task = workspace.task([
      { id: "leaves", run: `test -e counters/left && exit 0; ${leaves}` },
      { id: "look", run: look, needs: ["leaves"] },
    ]);
    const owner = workspace.start({ task });
    await until(() => fs.existsSync(workspace.path("counters/left")));
    owner.kill();
    await owner.ended;
    const runId = workspace.runId();
    expect(leftOverProcesses(runId).length).toBeGreaterThanOrEqual(4);
    const notices: string[] = [];
    const resumed = await workspace.resume({ onNotice: ({ code }) => notices.push(code) });
    expect(resumed).toMatchObject({ status: "completed" });
    expect(notices).toContain("PROCESSES_ENDED");
    expect(leftOverProcesses(runId)).toEqual([]);
    // The shell of `look` itself and its two greps.
    expect(Number(workspace.read("counters/seen"))).toBeLessThanOrEqual(3);
  });
});

describe("a signal", () => {
  it("stops the run after what is running, which a resume then completes", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([
      { id: "waits", run: waits },
      { id: "after", run: "printf x >> counters/after", needs: ["waits"] },
    ]);
    const stop = new AbortController();
    const stopped = workspace.here({ task, options: { signal: stop.signal } });
    await begun(workspace);
    stop.abort();
    workspace.write("counters/go", "");
    expect(await stopped).toMatchObject({ status: "paused", reason: "interrupted", exitStatus: 130 });
    expect(workspace.events().at(-1)).toMatchObject({ event: "run.paused", payload: { reason: "interrupted" } });
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    expect(workspace.counters()).toMatchObject({ after: 1 });
  });

  it("ends what does not end in time, which is then in doubt and not failed", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([{ id: "waits", effect: "once", run: waits }]);
    const [stop, kill] = [new AbortController(), new AbortController()];
    const stopped = workspace.here({ task, options: { signal: stop.signal, killSignal: kill.signal } });
    await begun(workspace);
    stop.abort();
    kill.abort();
    expect(await stopped).toMatchObject({ status: "paused", reason: "interrupted", steps: ["waits"] });
    expect(await workspace.resume()).toMatchObject({ status: "paused", reason: "in_doubt", steps: ["waits"] });
    expect(workspace.counters()).toMatchObject({ waits: 1 });
  });
});
