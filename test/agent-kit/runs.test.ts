import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { systemWorld } from "../../src/index.ts";
import { triggeredClock } from "../agent/triggered-clock.ts";
import { givenWorkspaces, leftOverProcesses, until, type Workspace } from "../run/given.ts";
import { normalForm } from "../run/normal-form.ts";
import { programs, skipWithoutPython, typescriptAgent } from "./agent-process.ts";

const workspaces = givenWorkspaces();

/** A workspace with a task of one step for the agent of the fixtures. */
function given(behaviour: string, step: object = {}, program = typescriptAgent): Workspace {
  const workspace = workspaces.make();
  const inputs = { name: "first", behaviour };
  // However slow the machine is: who may finish has the time for it.
  const agents = { counter: { command: program, env: { SETTINGS: JSON.stringify({ graceMs: 600_000 }) } } };
  const count = { id: "count", agent: "counter", action: "count", inputs, effect: "idempotent", ...step };
  workspace.write(".gitignore", "counters\nwaits\ngo\ndied\nclosed\naborted\n");
  workspace.task([count], { agents });
  return workspace;
}

const task = "tasks/work.json";

describe("a run with an agent of the kit", () => {
  it("that is killed while the agent works gets the work that the agent has finished alone", async () => {
    const workspace = given("waits");
    const life = workspace.start({ task });
    await until(() => fs.existsSync(workspace.path("waits")));
    life.kill();
    await life.ended;
    fs.writeFileSync(workspace.path("go"), "");
    await until(() => fs.existsSync(workspace.path("closed")));
    const done = await workspace.resume();
    expect(done.status).toBe("completed");
    expect(workspace.counters()).toEqual({ first: 1 });
    expect(workspace.events("count").find(({ event }) => event === "count.completed")).toMatchObject({
      attempt: 2,
      payload: { count: 1 },
    });
  });

  it.for(programs)(
    "killed after any of its entries has one effect, if its agent %s may finish",
    { timeout: 300_000 },
    async ([, program], { skip }) => {
      skipWithoutPython(skip, program);
      const undisturbed = given("says what it was told", {}, program);
      await undisturbed.work({ task });
      const expected = normalForm(undisturbed);
      const entries = undisturbed.entries().length;
      expect(entries).toBeGreaterThan(6);
      for (let killAtSeq = 1; killAtSeq <= entries; killAtSeq++) {
        const workspace = given("says what it was told", {}, program);
        await workspace.work({ task, killAtSeq });
        const runId = workspace.runId();
        await until(() => leftOverProcesses(runId).length === 0);
        await workspace.resume();
        expect(normalForm(workspace), `killed at ${killAtSeq}`).toEqual(expected);
        expect(workspace.counters(), `killed at ${killAtSeq}`).toEqual({ first: 1 });
      }
    },
  );

  it.for(programs)(
    "is survived by an agent %s that dies in the middle, and its work is done again",
    async ([, program], { skip }) => {
      skipWithoutPython(skip, program);
      const workspace = given("dies once", { retry: { max_attempts: 2 } }, program);
      const { outcome } = await workspace.work({ task });
      expect(outcome?.status).toBe("completed");
      expect(workspace.counters()).toEqual({ first: 2 });
    },
  );

  it("tries a failure again, as often as the task says, and remembers nothing of it", async () => {
    const workspace = given("fails at first", { retry: { max_attempts: 2 } });
    const { outcome } = await workspace.work({ task });
    expect(outcome?.status).toBe("completed");
    const ends = workspace.events("count").filter(({ event }) => event === "error" || event === "count.completed");
    expect(ends.map(({ event, payload }) => [event, payload["code"]])).toEqual([
      ["error", "NO_MONEY"],
      ["count.completed", undefined],
    ]);
  });

  it("has no secret in its store, though the agent has written it down", async () => {
    const workspace = given("tells a secret", {
      inputs: { name: "first", behaviour: "tells a secret", phrase: { $env: "PASSPHRASE" } },
    });
    const secrets = { DEPLOY_TOKEN: "correct-horse", PASSPHRASE: "battery staple" };
    const { outcome } = await workspace.work({ task }, secrets);
    expect(outcome?.status).toBe("completed");
    const stored = workspace.files().filter((name) => name.startsWith(".runledger/"));
    expect(stored.some((name) => name.includes("agents/counter/memory/ik-"))).toBe(true);
    const telling = stored.filter((name) => /correct-horse|battery staple/.test(workspace.read(name)));
    expect(telling).toEqual([]);
  });

  it("has no temporary file of an agent after the next resume", async () => {
    const workspace = given("waits");
    const life = workspace.start({ task });
    await until(() => fs.existsSync(workspace.path("waits")));
    life.kill();
    await life.ended;
    const left = [
      `agents/counter/.a.json.${workspace.runId()}.tmp`,
      `agents/counter/memory/.b.${workspace.runId()}.0.tmp`,
    ];
    for (const name of left) fs.writeFileSync(workspace.runFile(name), "half");
    fs.writeFileSync(workspace.path("go"), "");
    await workspace.resume();
    expect(left.filter((name) => fs.existsSync(workspace.runFile(name)))).toEqual([]);
  });

  it("ends in doubt when its deadline passes, and the agent is told to end", async () => {
    const deadlineMs = 123_456;
    const workspace = given("obeys", { timeout_ms: deadlineMs });
    const clock = triggeredClock(deadlineMs);
    const running = workspace.here({ task, options: { world: { ...systemWorld, clock }, graceMs: 600_000 } });
    await until(() => fs.existsSync(workspace.path("waits")));
    await clock.trigger();
    expect((await running).status).toBe("failed");
    expect(workspace.events("count").find(({ event }) => event === "error")?.payload).toMatchObject({
      code: "DEADLINE",
    });
    expect(workspace.read("aborted")).toBe("AGENT_STOPPED");
  });
});
