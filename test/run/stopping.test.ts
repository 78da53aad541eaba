import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { defineTask, type RunOptions, resume, run } from "../../src/index.ts";
import { givenWorkspaces, leftOverProcesses, until, type Workspace } from "./given.ts";

const workspaces = givenWorkspaces();

const at = ({ directory, store }: Workspace) => ({ workspace: directory, store, snapshot: false as const });

/** Options that abort `signal` once the first command has been recorded. */
function stoppingAtFirstCommand(name: "signal" | "killSignal"): RunOptions {
  const controller = new AbortController();
  const onEntry: RunOptions["onEntry"] = ({ kind }) => kind === "command" && controller.abort();
  return { [name]: controller.signal, onEntry };
}

describe("a run that is told to stop", () => {
  it("lets a step that is running end by itself, and records how it ended", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([
      { id: "soft", effect: "once", run: "touch started; sleep 0.5; printf x >> counters/soft" },
      { id: "after", needs: ["soft"], run: "printf x >> counters/after" },
    ]);
    const controller = new AbortController();
    const stopped = workspace.here({ task, options: { signal: controller.signal, graceMs: 20_000 } });
    await until(() => fs.existsSync(workspace.path("started")));
    controller.abort();
    expect(await stopped).toMatchObject({ status: "paused", reason: "interrupted" });
    expect(workspace.events("soft").at(-1)).toMatchObject({ event: "exec.completed", status: "success" });
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    expect(workspace.counters()).toEqual({ after: 1, soft: 1 });
  });

  it("ends a step that goes on beyond the grace period: it is in doubt, not failed", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([{ id: "long", effect: "once", run: "touch started; sleep 60" }]);
    const controller = new AbortController();
    const stopped = workspace.here({ task, options: { signal: controller.signal, graceMs: 50 } });
    await until(() => fs.existsSync(workspace.path("started")));
    controller.abort();
    expect(await stopped).toMatchObject({ status: "paused", reason: "interrupted" });
    expect(workspace.events("long")).toEqual([]);
    expect(await workspace.resume()).toMatchObject({ status: "paused", reason: "in_doubt", steps: ["long"] });
  });

  it("commands nothing more, even if it is only told to end at once", async () => {
    const workspace = workspaces.make();
    const steps = ["a", "b", "c"].map((id) => ({ id, effect: "once", run: "sleep 60" }));
    const options = stoppingAtFirstCommand("killSignal");
    expect(await workspace.here({ task: workspace.task(steps), options })).toMatchObject({ status: "paused" });
    expect(workspace.entries().filter(({ kind }) => kind === "command")).toHaveLength(1);
  });

  it("pauses a function that takes its interrupted steps for granted", async () => {
    const workspace = workspaces.make();
    const controller = new AbortController();
    const task = defineTask("lenient", async ({ step }) => {
      await step("first", () => controller.abort());
      return Promise.allSettled([step("second", () => 2), step("third", () => 3)]).then(() => "all done");
    });
    const stopped = await run(task, { ...at(workspace), signal: controller.signal });
    expect(stopped).toMatchObject({ status: "paused", reason: "interrupted", steps: ["second", "third"] });
    const { workspace: directory, store } = at(workspace);
    const resumed = await resume(task, { workspace: directory, store, runId: stopped.runId });
    expect(resumed).toMatchObject({ status: "completed", output: "all done" });
  });

  it("does not call a function's step that was killed in the turn of its call", async () => {
    const workspace = workspaces.make();
    const controller = new AbortController();
    let calls = 0;
    const task = defineTask("hasty", async ({ step }) => {
      const late = step("late", () => ++calls);
      controller.abort();
      await late;
    });
    const killed = await run(task, { ...at(workspace), killSignal: controller.signal });
    expect(killed).toMatchObject({ status: "paused", reason: "interrupted", steps: ["late"] });
    expect(calls).toBe(0);
    expect(await resume(task, { runId: killed.runId, ...at(workspace) })).toMatchObject({ status: "completed" });
    expect(calls).toBe(1);
  });

  it("does not let an option decide while a probe is interrupted", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([
      { id: "pay", effect: "once", run: "test -e asked || kill -9 $PPID; sleep 60", probe: "touch asked; sleep 60" },
    ]);
    expect((await workspace.work({ task })).signal).toBe("SIGKILL");
    const controller = new AbortController();
    const resumed = workspace.resume({ onInDoubt: "done", signal: controller.signal, graceMs: 50 });
    await until(() => fs.existsSync(workspace.path("asked")));
    controller.abort();
    expect(await resumed).toMatchObject({ status: "paused", reason: "interrupted" });
    expect(workspace.events("pay").map(({ event }) => event)).toEqual(["step.in_doubt"]);
  });
});

describe("a step in doubt that its probe says is done", () => {
  it("is not sent again when its output is missing, though attempts are left", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([
      {
        id: "pay",
        effect: "once",
        retry: { max_attempts: 3 },
        run: "printf x >> counters/pay; kill -9 $PPID; sleep 60",
        probe: "exit 0",
        expected_outputs: [{ path: "paid.txt" }],
      },
    ]);
    expect((await workspace.work({ task })).signal).toBe("SIGKILL");
    expect(await workspace.resume()).toMatchObject({ status: "failed", steps: ["pay"] });
    expect(await workspace.resume()).toMatchObject({ status: "failed", wasSettled: true });
    expect(workspace.counters()).toEqual({ pay: 1 });
  });
});

describe("an option that does not exist", () => {
  it("is refused, for it would silently mean something else", async () => {
    const workspace = workspaces.make();
    const misspelt = defineTask("misspelt", ({ step }) => step("pay", { efect: "once" } as object, () => 1));
    const wrong = defineTask("wrong", ({ step }) => step("pay", { effect: "Once" } as object, () => 1));
    for (const task of [misspelt, wrong]) {
      expect(await run(task, at(workspace))).toMatchObject({ status: "failed", error: { code: "USAGE" } });
    }
    await expect(run(wrong, { ...at(workspace), snapshto: false } as RunOptions<never>)).rejects.toMatchObject({
      code: "USAGE",
      hint: "Did you mean snapshot?",
    });
  });
});

describe("a receipt that was changed", () => {
  it("is written anew by the next resume, and what was there is kept", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([
      { id: "a", run: "true" },
      { id: "b", needs: ["a"], run: "test -e again || { touch again; kill -9 $PPID; sleep 60; }" },
    ]);
    expect((await workspace.work({ task })).signal).toBe("SIGKILL");
    const receipts = workspace.runFile("receipts", "work");
    const file = path.join(receipts, "step-1.json");
    const issued = fs.readFileSync(file, "utf8");
    fs.writeFileSync(file, issued.replace('"success"', '"failed"'));
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    expect(fs.readFileSync(file, "utf8")).toBe(issued);
    const aside = fs.readdirSync(receipts).filter((name) => /^step-1\.json\.corrupt-[0-9a-f]{8}$/.test(name));
    expect(aside).toHaveLength(1);
  });
});

describe("a workspace that was moved", () => {
  it("is resumed through a symlink in its place, and what was left running is ended first", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([{ id: "slow", run: "echo $$ > ../$(basename $PWD).pid; kill -9 $PPID; sleep 60" }]);
    expect((await workspace.work({ task })).signal).toBe("SIGKILL");
    const runId = workspace.runId();
    expect(leftOverProcesses(runId)).not.toEqual([]);
    const moved = `${workspace.directory}-moved`;
    fs.renameSync(workspace.directory, moved);
    const place = { workspace: moved, store: path.join(moved, ".runledger"), runId };
    await expect(resume(place)).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    fs.symlinkSync(moved, workspace.directory);
    const controller = new AbortController();
    controller.abort();
    expect(await resume({ ...place, signal: controller.signal })).toMatchObject({ status: "paused" });
    expect(leftOverProcesses(runId)).toEqual([]);
    fs.rmSync(`${workspace.directory}.pid`);
    fs.unlinkSync(workspace.directory);
    fs.renameSync(moved, workspace.directory);
  });
});
