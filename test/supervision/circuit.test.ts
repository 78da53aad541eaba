import { describe, expect, it } from "vitest";
import { givenWorkspaces, type Workspace } from "../run/given.ts";
import { commandsOf, endsOf, givenTask, hasWaited, seenBy, waitsOf } from "./given.ts";

const workspaces = givenWorkspaces();
const ids = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `step-${index + 1}` }));
const breaker = (openMs: number) => ({ breaker: { open_ms: openMs } });

/** How long each wait was to last, in milliseconds after the failure that it follows. */
function waitedMs(workspace: Workspace): number[] {
  const failures = workspace.events().filter(({ event }) => event === "error");
  return waitsOf(workspace).map(({ seq, payload }) => {
    const last = failures.findLast((failure) => failure.seq < seq);
    return Date.parse(String(payload["until"])) - Date.parse(last?.at ?? "");
  });
}

describe("the circuit of an agent", () => {
  it("opens after three failures in a row; what is left is done when it has closed, and none of it fails", async () => {
    const workspace = workspaces.make();
    const builder = { plan: ["error", "error", "error", "done"] as const, more: breaker(400) };
    const { outcome } = await workspace.work({ task: givenTask(workspace, ids(6), { builder }) });
    expect(outcome).toMatchObject({ status: "failed", steps: ["step-1", "step-2", "step-3"] });
    expect(endsOf(workspace).slice(3)).toEqual([4, 5, 6].map((n) => `step-${n} 1 work.completed`));
    const [wait, ...others] = waitsOf(workspace);
    expect(others).toEqual([]);
    expect(wait?.payload).toMatchObject({ agent: "builder", reason: "circuit_open" });
    expect(waitedMs(workspace)).toEqual([400]);
    expect(commandsOf(workspace)[3]?.at.localeCompare(String(wait?.payload["until"]))).toBeGreaterThanOrEqual(0);
  });

  it("is half open for one probe, whose failure opens it again for twice as long", async () => {
    const workspace = workspaces.make();
    const plan = ["error", "error", "error", "error", "error", "done"] as const;
    const steps = [{ id: "stubborn", retry: { max_attempts: 9 } }, ...ids(2)];
    const { outcome } = await workspace.work({
      task: givenTask(workspace, steps, { builder: { plan, more: breaker(500) } }, { concurrency: 3 }),
    });
    expect(outcome?.status).toBe("completed");
    expect(waitedMs(workspace)).toEqual([500, 1000, 2000]);
    expect(seenBy(workspace)).toHaveLength(8);
  });

  it("is not opened by failures that a success comes between", async () => {
    const workspace = workspaces.make();
    const plan = ["error", "error", "done", "error", "error", "done"] as const;
    await workspace.work({ task: givenTask(workspace, ids(6), { builder: { plan, more: breaker(60_000) } }) });
    expect(waitsOf(workspace)).toEqual([]);
    expect(seenBy(workspace)).toHaveLength(6);
  });

  it("is one agent's: what others do goes on meanwhile", async () => {
    const workspace = workspaces.make();
    const steps = [...ids(4), { id: "other", agent: "reviewer", needs: [] }, { id: "plain", run: "true" }];
    const agents = {
      builder: { plan: ["error", "error", "error", "done"] as const, more: breaker(500) },
      reviewer: { plan: ["done"] as const },
    };
    await workspace.work({ task: givenTask(workspace, steps, agents) });
    expect(endsOf(workspace).slice(3)).toEqual([
      "other 1 work.completed",
      "plain 1 exec.completed",
      "step-4 1 work.completed",
    ]);
  });

  it("is opened by deaths as well", async () => {
    const workspace = workspaces.make();
    const builder = { plan: ["die", "done"] as const, more: { breaker: { failures: 1, open_ms: 300 } } };
    expect(await workspace.work({ task: givenTask(workspace, ids(1), { builder }) })).toMatchObject({ exitStatus: 0 });
    expect(waitsOf(workspace)).toHaveLength(1);
    expect(seenBy(workspace).map(({ attempt }) => attempt)).toEqual([1, 2]);
  });
});

/** Until when the circuit is open that three failures have opened, in a run whose process was killed then. */
async function killedWhileOpen(workspace: Workspace, openMs: number): Promise<string> {
  const builder = { plan: ["error", "error", "error", "done"] as const, more: breaker(openMs) };
  const life = workspace.start({ task: givenTask(workspace, ids(4), { builder }) });
  await life.waitedFor(() => hasWaited(workspace));
  life.kill();
  await life.ended;
  return String(waitsOf(workspace)[0]?.payload["until"]);
}

describe("an open circuit", () => {
  it("puts off what is in doubt as well: its probe is asked once, when something can follow from it", async () => {
    const workspace = workspaces.make();
    const builder = { plan: ["die", "done"] as const, more: { breaker: { failures: 1, open_ms: 300 } } };
    const pay = { id: "pay", effect: "once", probe: "printf x >> counters/probed; exit 1" };
    expect(await workspace.work({ task: givenTask(workspace, [pay], { builder }) })).toMatchObject({ exitStatus: 0 });
    expect(workspace.counters()).toEqual({ probed: 1 });
    expect(seenBy(workspace).map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it("is still open, until the same time, in the process that resumes after kill -9", async () => {
    const workspace = workspaces.make();
    const until = await killedWhileOpen(workspace, 60_000);
    const paused = await workspace.work({ runId: workspace.runId(), options: { noWait: true } });
    expect(paused).toMatchObject({
      exitStatus: 75,
      outcome: { status: "paused", reason: "waiting", steps: ["step-4"] },
    });
    expect(JSON.parse(workspace.read(`.runledger/runs/${workspace.runId()}/run.json`)).waiting).toEqual({
      ...{ agent: "builder", reason: "circuit_open", until },
    });
    expect(seenBy(workspace)).toHaveLength(3);
  });

  it("lets the process that resumes after kill -9 go on, when it has closed", async () => {
    const workspace = workspaces.make();
    const until = await killedWhileOpen(workspace, 3_000);
    await workspace.resume();
    expect(endsOf(workspace).at(-1)).toBe("step-4 1 work.completed");
    expect(new Set(waitsOf(workspace).map(({ payload }) => payload["until"]))).toEqual(new Set([until]));
    expect(commandsOf(workspace).at(-1)?.at.localeCompare(until)).toBeGreaterThanOrEqual(0);
  });
});
