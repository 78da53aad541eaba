import { describe, expect, it } from "vitest";
import { startRunledger } from "../cli/given.ts";
import { givenWorkspaces, type Workspace } from "../run/given.ts";
import { commandsOf, endsOf, givenTask, hasWaited, seenBy, waitsOf } from "./given.ts";

const workspaces = givenWorkspaces();
const limited = (afterMs: number) => ({ is: "limited" as const, after_ms: afterMs });

/** A run of one step whose agent says at first that it is too much. */
function given(afterMs: number): { workspace: Workspace; task: string } {
  const workspace = workspaces.make();
  return { workspace, task: givenTask(workspace, [{ id: "only" }], { builder: { plan: [limited(afterMs), "done"] } }) };
}

/** When the agent said that it may be asked again. */
const retryAt = (workspace: Workspace) =>
  String(workspace.events().find(({ event }) => event === "error")?.payload["retry_at"]);

describe("an agent that says when to try again", () => {
  it("is asked again then, and the attempt that was too much does not count", async () => {
    const { workspace, task } = given(1_500);
    expect(await workspace.work({ task })).toMatchObject({ exitStatus: 0 });
    expect(endsOf(workspace)).toEqual(["only 1 too_many", "only 2 work.completed"]);
    const [wait, ...others] = waitsOf(workspace);
    expect(others).toEqual([]);
    expect(wait?.payload).toEqual({ agent: "builder", reason: "rate_limited", until: retryAt(workspace) });
    const [, second] = commandsOf(workspace);
    expect(second?.at.localeCompare(retryAt(workspace))).toBeGreaterThanOrEqual(0);
    expect(second?.retry).toEqual({ attempt: 2, max_attempts: 2 });
    expect(new Set(seenBy(workspace).map(({ key }) => key)).size).toBe(1);
  });

  it("is not asked for other steps either, and does not open its circuit", async () => {
    const workspace = workspaces.make();
    const plan = [limited(300), limited(300), limited(300), limited(300), "done" as const];
    const builder = { plan, more: { breaker: { failures: 1 } } };
    const { exitStatus } = await workspace.work({
      task: givenTask(workspace, [{ id: "one" }, { id: "two" }], { builder }),
    });
    expect(exitStatus).toBe(0);
    expect(seenBy(workspace)).toHaveLength(6);
    expect(waitsOf(workspace).map(({ payload }) => payload["reason"])).toEqual(Array(4).fill("rate_limited"));
  });

  it("is waited for no longer than it said, by whatever process resumes after kill -9", async () => {
    const { workspace, task } = given(6_000);
    const life = workspace.start({ task });
    await life.waitedFor(() => hasWaited(workspace));
    life.kill();
    await life.ended;
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    expect(endsOf(workspace)).toEqual(["only 1 too_many", "only 2 work.completed"]);
    const untils = waitsOf(workspace).map(({ payload }) => payload["until"]);
    expect(new Set(untils)).toEqual(new Set([retryAt(workspace)]));
  });

  it("is not waited for with --no-wait: the run pauses, exit 75, and says until when", async () => {
    const { workspace } = given(3_600_000);
    const words = ["run", "work", "--no-wait", "--json"];
    const { status, stdout, stderr } = await startRunledger(words, { workspace: workspace.directory }).ended;
    expect(status).toBe(75);
    expect(JSON.parse(stdout)).toMatchObject({
      status: "paused",
      reason: "waiting",
      waiting: { agent: "builder", reason: "rate_limited", until: retryAt(workspace) },
    });
    expect(stderr).toContain(`not asked before ${retryAt(workspace)}`);
    expect(stderr).toContain(`Next: runledger resume --run ${workspace.runId()}`);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("is no longer waited for after %s", async (signal) => {
    const { workspace } = given(3_600_000);
    const run = startRunledger(["run", "work"], { workspace: workspace.directory });
    await run.printed("not asked before");
    run.child.kill(signal);
    expect((await run.ended).status).toBe(signal === "SIGINT" ? 130 : 143);
    expect(workspace.events().at(-1)).toMatchObject({ event: "run.paused", payload: { reason: "interrupted" } });
  });
});
