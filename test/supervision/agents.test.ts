import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { givenWorkspaces } from "../run/given.ts";
import { commandsOf, endsOf, givenTask, livesOf, seenBy } from "./given.ts";

const workspaces = givenWorkspaces();
const ids = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `step-${index + 1}` }));

describe("an agent", () => {
  it("is one process for the whole run, started when it is first needed", async () => {
    const workspace = workspaces.make();
    const steps = [{ id: "before", run: "true" }, ...ids(3)];
    const { exitStatus } = await workspace.work({ task: givenTask(workspace, steps, { builder: { plan: ["done"] } }) });
    expect(exitStatus).toBe(0);
    expect(new Set(seenBy(workspace).map(({ pid }) => pid)).size).toBe(1);
    expect(livesOf(workspace)).toEqual(["started", "told"]);
    const [first] = workspace.events().filter(({ event }) => event === "agent.started");
    expect(first?.seq).toBeGreaterThan(workspace.events("before").at(-1)?.seq ?? 0);
    expect(workspace.events().at(-1)?.event).toBe("run.completed");
  });

  it("that nothing is asked of is never started", async () => {
    const workspace = workspaces.make();
    const task = givenTask(workspace, [{ id: "only", run: "true" }], { builder: { plan: ["done"] } });
    await workspace.work({ task });
    expect(livesOf(workspace)).toEqual([]);
  });

  it("does one command at a time, while others do theirs", async () => {
    const workspace = workspaces.make();
    const steps = [...ids(4), { id: "other", agent: "reviewer" }, { id: "plain", run: "true" }];
    const agents = { builder: { plan: ["done"] as const }, reviewer: { plan: ["done"] as const } };
    const { exitStatus } = await workspace.work({ task: givenTask(workspace, steps, agents, { concurrency: 6 }) });
    expect(exitStatus).toBe(0);
    const ofBuilder = workspace.entries().flatMap((entry) => {
      if (entry.kind === "command" && entry.to.agent_type === "builder") return ["asked"];
      return entry.kind === "event" && entry.from.agent_type === "builder" ? ["answered"] : [];
    });
    expect(ofBuilder).toEqual(Array(4).fill(["asked", "answered"]).flat());
  });

  it("has the deadlines of its actions, unless the step says another", async () => {
    const workspace = workspaces.make();
    const actions = ["intake", "other", "own"];
    const steps = actions.map((id) => ({
      id,
      action: id === "own" ? "intake" : id,
      ...(id === "own" ? { timeout: "5s" } : {}),
    }));
    await workspace.work({ task: givenTask(workspace, steps, { builder: { plan: ["done"] } }) });
    const times = commandsOf(workspace).map(({ step, at, deadline }) => [
      step,
      deadline === undefined ? undefined : Math.round((Date.parse(deadline) - Date.parse(at)) / 1000),
    ]);
    expect(Object.fromEntries(times)).toEqual({ intake: 180, other: undefined, own: 5 });
  });
});

describe("an agent that dies", () => {
  it("is started again, and sent its command once more under the same key", async () => {
    const workspace = workspaces.make();
    const task = givenTask(workspace, ids(2), { builder: { plan: ["die", "done"] } });
    const { exitStatus } = await workspace.work({ task });
    expect(exitStatus).toBe(0);
    expect(livesOf(workspace)).toEqual(["started", "exited", "started again", "told"]);
    const seen = seenBy(workspace);
    expect(seen.map(({ step, attempt }) => `${step} ${attempt}`)).toEqual(["step-1 1", "step-1 2", "step-2 1"]);
    expect(seen[0]?.key).toBe(seen[1]?.key);
    expect(workspace.events("step-1").map(({ event }) => event)).toEqual(["step.in_doubt", "work.completed"]);
  });

  it("leaves a step of effect once to somebody who knows", async () => {
    const workspace = workspaces.make();
    const task = givenTask(workspace, [{ id: "pay", effect: "once" }], { builder: { plan: ["die", "done"] } });
    expect(await workspace.work({ task })).toMatchObject({ exitStatus: 4, outcome: { reason: "in_doubt" } });
    expect(seenBy(workspace)).toHaveLength(1);
    expect(await workspace.resume({ inDoubt: { pay: "retry" } })).toMatchObject({ status: "completed" });
    expect(seenBy(workspace).map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it("is restarted so often in all processes together: one that dies in each of them fails its step in the end", async () => {
    const workspace = workspaces.make();
    const builder = { plan: ["die"] as const, more: { restarts: 2, breaker: { failures: 1, open_ms: 10 } } };
    const task = givenTask(workspace, ids(1), { builder });
    const options = { noWait: true };
    let { outcome } = await workspace.work({ task, options });
    for (let resumes = 0; outcome?.status === "paused" && resumes < 10; resumes++) {
      await sleep(100);
      ({ outcome } = await workspace.work({ runId: workspace.runId(), options }));
    }
    expect(outcome).toMatchObject({ status: "failed", steps: ["step-1"] });
    expect(workspace.events().filter(({ event }) => event === "agent.started")).toHaveLength(3);
  });

  it("is given up after its restarts, which are counted over all processes of the run", async () => {
    const workspace = workspaces.make();
    const builder = { plan: ["die"] as const, more: { restarts: 1, breaker: { failures: 100 } } };
    const { exitStatus } = await workspace.work({ task: givenTask(workspace, ids(2), { builder }) });
    expect(exitStatus).toBe(1);
    expect(livesOf(workspace)).toEqual(["started", "exited", "started again", "exited"]);
    expect(endsOf(workspace)).toEqual(["step-1 2 AGENT_EXITED", "step-2 1 AGENT_EXITED"]);
    expect(seenBy(workspace)).toHaveLength(2);
    await workspace.resume({ retryFailed: true });
    expect(livesOf(workspace).slice(4)).toEqual(["started again", "exited"]);
    expect(seenBy(workspace)).toHaveLength(3);
  });

  it("by itself and in order, when nothing is asked of it, has not failed", async () => {
    const workspace = workspaces.make();
    const pause = { id: "pause", run: "sleep 1", needs: ["step-1"] };
    const steps = [{ id: "step-1" }, pause, { id: "step-2", needs: ["pause"] }];
    const builder = { plan: ["done and gone"] as const, more: { restarts: 0, breaker: { failures: 1 } } };
    expect(await workspace.work({ task: givenTask(workspace, steps, { builder }) })).toMatchObject({ exitStatus: 0 });
    expect(livesOf(workspace).slice(0, 3)).toEqual(["started", "left", "started"]);
  });
});

describe("an agent that does not answer", () => {
  it("is ended at the deadline, its step in doubt, and the next command finds a new process", async () => {
    const workspace = workspaces.make();
    const steps = [{ id: "slow", timeout: "300ms" }, { id: "next" }];
    const task = givenTask(workspace, steps, { builder: { plan: ["hang", "done"] } });
    expect(await workspace.work({ task })).toMatchObject({ exitStatus: 1, outcome: { steps: ["slow"] } });
    expect(endsOf(workspace)).toEqual(["slow 1 DEADLINE", "next 1 work.completed"]);
    expect(livesOf(workspace)).toEqual(["started", "deadline", "started again", "told"]);
  });

  it("is ended when it misses three heartbeats, and its step is sent again", async () => {
    const workspace = workspaces.make();
    const builder = { plan: ["mute", "done"] as const, more: { heartbeat: "200ms" } };
    expect(await workspace.work({ task: givenTask(workspace, ids(1), { builder }) })).toMatchObject({ exitStatus: 0 });
    expect(livesOf(workspace)).toEqual(["started", "silent", "started again", "told"]);
  });
});
