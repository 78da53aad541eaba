import fs from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadTask } from "../../src/flow/load-task.ts";
import { defineTask } from "../../src/run/function/define-task.ts";
import { planResume, planRun } from "../../src/run/plan.ts";
import { resume } from "../../src/run/resume.ts";
import { run } from "../../src/run/run.ts";
import type { ResumeOptions, RunOptions } from "../../src/run/session/options.ts";
import {
  chain,
  contentsOf,
  crashAt,
  folderOf,
  readOnlyWorld,
  removeWorkspaces,
  runTask,
  workspaceWith,
} from "./inspect-given.ts";

afterAll(removeWorkspaces);

const world = readOnlyWorld;

const planOf = async (workspace: string, task: string, options: RunOptions = {}) =>
  planRun(await loadTask(task, { workspace }), { ...options, workspace, world });

const resumeOf = (workspace: string, runId: string, options: Partial<ResumeOptions> = {}) =>
  planResume({ ...options, workspace, runId, world });

const prognoses = ({ steps }: { steps: readonly { step: string; what: string }[] }) =>
  Object.fromEntries(steps.map(({ step, what }) => [step, what]));

describe("the plan of a run", () => {
  it("says what a first start would do, and writes nothing, not even a store", async () => {
    const workspace = workspaceWith({ chain });
    const before = contentsOf(workspace);
    const plan = await planOf(workspace, "chain");
    expect(contentsOf(workspace)).toEqual(before);
    expect(plan).toEqual({
      task_id: "chain",
      snapshot_id: expect.stringMatching(/^snap-[0-9a-f]{12}$/),
      files: 1,
      steps: [
        { step: "words", action: "exec", effect: "once", what: "send", needs: [] },
        { step: "count", action: "exec", effect: "once", what: "waits", needs: ["words"] },
        { step: "print", action: "exec", effect: "idempotent", what: "waits", needs: ["count"] },
      ],
      drift: [],
      unwritten_effects: ["print"],
      notes: [],
    });
    const { state } = await runTask(workspace, "chain");
    expect(state.snapshot_id).toBe(plan.snapshot_id);
  });

  it("is that of a resume where an unfinished run would be resumed", async () => {
    const workspace = workspaceWith({ chain });
    const runId = crashAt(workspace, "chain", 4);
    const plan = await planOf(workspace, "chain");
    expect(plan).toMatchObject({ run_id: runId, match: "unfinished", drift: [] });
    expect(prognoses(plan)).toEqual({ words: "reuse", count: "in doubt", print: "waits" });
    const fresh = await planOf(workspace, "chain", { noResume: true });
    expect(fresh).not.toHaveProperty("run_id");
    expect(prognoses(fresh)).toEqual({ words: "send", count: "waits", print: "waits" });
  });

  it("is refused as the start would be where somebody has to choose", async () => {
    const workspace = workspaceWith({ chain });
    crashAt(workspace, "chain", 4);
    const tasks = path.join(workspace, "tasks/chain.yaml");
    fs.writeFileSync(tasks, chain.replace("seq 1 5000", "seq 1 6000"));
    await expect(planOf(workspace, "chain")).rejects.toMatchObject({ code: "TASK_EDITED", exitStatus: 4 });
  });

  it("names the variables that are not set", async () => {
    const workspace = workspaceWith({
      needy: `
version: 1
id: needy
steps:
  - { id: use, run: "true", env: { TOKEN: { $env: RUNLEDGER_TEST_UNSET } } }
`,
    });
    const { notes } = await planOf(workspace, "needy");
    expect(notes).toEqual(["the task needs environment variables that are not set: RUNLEDGER_TEST_UNSET"]);
  });

  it("does not know which steps a function will call", async () => {
    const plan = await planRun(
      defineTask("unknown", () => 1),
      { workspace: workspaceWith({}), world, snapshot: false },
    );
    expect(plan).toMatchObject({ task_id: "unknown", snapshot_id: "snap-4f53cda18c2b", files: 0, steps: [] });
    expect(plan.notes).toEqual(["a function: which steps it calls is known only when it runs"]);
  });
});

describe("the plan of a resume", () => {
  it("shows what a choice settles, and what an idempotent step is sent again", async () => {
    const killing = `
version: 1
id: killing
steps:
  - { id: kill, run: "test -e resumed || kill -9 $PPID" }
  - { id: after, run: "true", needs: [kill] }
`;
    const workspace = workspaceWith({ chain, killing });
    const killed = crashAt(workspace, "killing", 99);
    expect(prognoses(await resumeOf(workspace, killed))).toEqual({ kill: "send again", after: "waits" });
    const runId = crashAt(workspace, "chain", 4);
    const choiceOf = async (options: Partial<ResumeOptions>) =>
      (await resumeOf(workspace, runId, options)).steps.find(({ step }) => step === "count")?.choice;
    expect(await choiceOf({})).toBeUndefined();
    expect(await choiceOf({ onInDoubt: "retry" })).toBe("retry");
    expect(await choiceOf({ onInDoubt: "retry", inDoubt: { count: "skip" } })).toBe("skip");
    await expect(choiceOf({ onInDoubt: "perhaps" as never })).rejects.toMatchObject({ code: "USAGE" });
  });

  it("comes true: what it would reuse is reused, and what it would send is sent", async () => {
    const workspace = workspaceWith({
      mixed: `
version: 1
id: mixed
steps:
  - { id: good, run: "true" }
  - { id: bad, run: "test -e mended", needs: [good] }
  - { id: behind, run: "true", needs: [bad] }
  - { id: aside, run: "true" }
`,
    });
    const { runId, status } = await runTask(workspace, "mixed");
    expect(status).toBe("failed");
    expect(prognoses(await resumeOf(workspace, runId))).toEqual({
      good: "reuse",
      bad: "failed",
      behind: "blocked",
      aside: "reuse",
    });
    const plan = await resumeOf(workspace, runId, { retryFailed: true });
    expect(prognoses(plan)).toEqual({ good: "reuse", bad: "retry", behind: "waits", aside: "reuse" });
    fs.writeFileSync(path.join(workspace, "mended"), "");
    const { state } = await resume({ workspace, runId, retryFailed: true });
    expect(Object.fromEntries(state.steps.map(({ step, outcome }) => [step, outcome]))).toEqual({
      good: "reused",
      bad: "performed",
      behind: "performed",
      aside: "reused",
    });
    expect(prognoses(await resumeOf(workspace, runId))).toEqual({
      good: "reuse",
      bad: "reuse",
      behind: "reuse",
      aside: "reuse",
    });
  });

  it("lists the drift that would stop it", async () => {
    const workspace = workspaceWith({ chain });
    const runId = crashAt(workspace, "chain", 4);
    fs.appendFileSync(path.join(workspace, "words.txt"), " edited");
    const before = contentsOf(workspace);
    const { drift } = await resumeOf(workspace, runId);
    expect(drift).toMatchObject([{ path: "words.txt", kind: "artifact", counts: true }]);
    expect(contentsOf(workspace)).toEqual(before);
    await expect(resume({ workspace, runId })).rejects.toMatchObject({ code: "DRIFT" });
  });

  it("shows what a function has called, and that somebody works on it", async () => {
    const workspace = workspaceWith({});
    const plans: unknown[] = [];
    const task = defineTask("calling", async ({ runId, step }) => {
      await step("first", () => 1);
      await step("second", { effect: "once" }, async () => {
        plans.push(await resumeOf(workspace, runId));
      });
    });
    await run(task, { workspace, snapshot: false });
    expect(plans).toMatchObject(
      [
        {
          steps: [
            { step: "first", what: "reuse" },
            { step: "second", what: "in doubt" },
          ],
          notes: [expect.stringMatching(new RegExp(`^process ${process.pid} on .* works on it`)), /./],
        },
      ].map((plan) => ({ ...plan, notes: [plan.notes[0], expect.any(String)] })),
    );
  });

  it("is refused for a run that was aborted, is damaged or not there", async () => {
    const workspace = workspaceWith({ chain });
    await expect(resumeOf(workspace, "run-none")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    const runId = crashAt(workspace, "chain", 4);
    fs.writeFileSync(path.join(folderOf(workspace, runId), "task.json"), "{}");
    await expect(resumeOf(workspace, runId)).rejects.toMatchObject({ code: "RECORD_DAMAGED" });
  });
});
