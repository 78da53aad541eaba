import { describe, expect, it } from "vitest";
import { type DecideOptions, decide, planResume, readRun, showStep } from "../../src/index.ts";
import { givenWorkspaces, type Workspace } from "./given.ts";
import { normalForm } from "./normal-form.ts";

const workspaces = givenWorkspaces();

const approve = {
  id: "approve",
  needs: ["build"],
  decision: { prompt: "Ship it?", options: ["ship", { id: "hold", description: "wait a week" }] },
};
const counted = (id: string, more: object = {}) => ({ id, run: `printf x >> counters/${id}`, ...more });
/** What waits for the answer, and what does not. */
const steps = [counted("build"), approve, counted("publish", { needs: ["approve"] }), counted("other")];

function given(): { workspace: Workspace; task: string } {
  const workspace = workspaces.make();
  return { workspace, task: workspace.task(steps) };
}

async function undecided(): Promise<Workspace> {
  const { workspace, task } = given();
  expect((await workspace.work({ task })).exitStatus).toBe(4);
  return workspace;
}

const placed = ({ directory, store }: Workspace) => ({ workspace: directory, store });

function choose(workspace: Workspace, more: Partial<DecideOptions> = {}) {
  return decide({ ...placed(workspace), runId: workspace.runId(), step: "approve", choice: "ship", ...more });
}

const stepNow = (workspace: Workspace, step = "approve") =>
  readRun({ ...placed(workspace), runId: workspace.runId() }).state.steps.find((each) => each.step === step);

describe("a decision with nobody to ask", () => {
  it("pauses the run once all is done that does not depend on it", async () => {
    const { workspace, task } = given();
    const paused = { status: "paused", reason: "decision", steps: ["approve"], exitStatus: 4 };
    expect((await workspace.work({ task })).outcome).toMatchObject(paused);
    expect(await workspace.resume()).toMatchObject(paused);
    expect(workspace.counters()).toEqual({ build: 1, other: 1 });
    expect(workspace.events().at(-1)).toMatchObject({ event: "run.paused", payload: { reason: "decision" } });
    expect(stepNow(workspace)).toMatchObject({ status: "pending", decision: { prompt: "Ship it?" } });
  });

  it("is asked once: later processes add no command", async () => {
    const workspace = await undecided();
    await workspace.resume();
    const asked = workspace.entries().filter((entry) => entry.kind === "command" && entry.step === "approve");
    expect(asked).toMatchObject([{ action: "decision", to: { agent_type: "user" }, retry: { attempt: 1 } }]);
  });
});

describe("the answer to a decision", () => {
  it("is durable before anything follows, and the resume goes on with it", async () => {
    const workspace = await undecided();
    const { isNew, state } = await choose(workspace, { note: "looks good" });
    expect({ isNew, status: state.status }).toEqual({ isNew: true, status: "paused" });
    expect(stepNow(workspace)).toMatchObject({ status: "pending", decided: { choice: "ship", note: "looks good" } });
    expect(workspace.counters()).toEqual({ build: 1, other: 1 });
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    expect(workspace.counters()).toEqual({ build: 1, other: 1, publish: 1 });
    const names = workspace.events("approve").map(({ event, payload }) => [event, payload["settled_by"]]);
    expect(names).toEqual([
      ["system.user_decision", "user"],
      ["decision.completed", "user"],
    ]);
  });

  it("is the result of the step, and has a receipt", async () => {
    const workspace = await undecided();
    await choose(workspace, { choice: "hold", note: "too early" });
    await workspace.resume();
    const shown = showStep({ ...placed(workspace), runId: workspace.runId(), step: "approve" });
    expect(shown.payload).toEqual({ result: { choice: "hold", note: "too early" }, settled_by: "user" });
    const receipt = workspace.receipts().find(({ step }) => step === "approve");
    expect(receipt).toMatchObject({ action: "decision", status: "success", idempotency_key: shown.step.key });
  });

  it("is told to the commands that need it, also in a later process", async () => {
    const workspace = workspaces.make();
    const tells = 'printf "%s" "$RUNLEDGER_CHOICE_GO_AHEAD" >> counters/told';
    const task = workspace.task([
      { ...approve, id: "go-ahead", needs: [] },
      {
        id: "tells",
        needs: ["go-ahead"],
        run: `${tells}; test -e counters/again || { touch counters/again; exit 1; }`,
      },
      { id: "other", run: 'printf "<%s>" "$RUNLEDGER_CHOICE_GO_AHEAD" >> counters/other' },
    ]);
    await workspace.work({ task });
    await choose(workspace, { step: "go-ahead", choice: "hold" });
    expect(await workspace.resume()).toMatchObject({ status: "failed" });
    expect(await workspace.resume({ retryFailed: true })).toMatchObject({ status: "completed" });
    expect([workspace.read("counters/told"), workspace.read("counters/other")]).toEqual(["holdhold", "<>"]);
  });

  it("is asked of a person where there is one, while other steps go on", async () => {
    const { workspace, task } = given();
    let asked = 0;
    const answer = async ({ step, prompt, options }: { step: string; prompt: string; options: readonly object[] }) => {
      asked += 1;
      expect({ step, prompt, options }).toEqual({
        step: "approve",
        prompt: "Ship it?",
        options: [{ id: "ship" }, { id: "hold", description: "wait a week" }],
      });
      // With one step at a time, `other` would never be done if the question took its place.
      while (stepNow(workspace, "other")?.status !== "completed") await new Promise((soon) => setTimeout(soon, 5));
      return { choice: "ship" };
    };
    expect(await workspace.here({ task, options: { answer } as object })).toMatchObject({ status: "completed" });
    expect(asked).toBe(1);
  });

  it("that is none of the options is refused, and nothing is recorded", async () => {
    const { workspace, task } = given();
    const answer = async () => ({ choice: "shp" });
    const refused = workspace.here({ task, options: { answer } as object });
    await expect(refused).rejects.toMatchObject({ code: "CHOICE_UNKNOWN", exitStatus: 2 });
    expect(workspace.events("approve")).toEqual([]);
    expect(await workspace.resume()).toMatchObject({ reason: "decision" });
  });

  it("holds no secret", async () => {
    const workspace = await undecided();
    process.env["DECIDE_TEST_TOKEN"] = "hunter2-hunter2";
    try {
      await choose(workspace, { note: "with hunter2-hunter2" });
    } finally {
      delete process.env["DECIDE_TEST_TOKEN"];
    }
    expect(stepNow(workspace)?.decided?.note).toBe("with [redacted:DECIDE_TEST_TOKEN]");
  });

  it("is what a dry run says: asked, then reused", async () => {
    const workspace = await undecided();
    const plan = async () =>
      (await planResume({ ...placed(workspace), runId: workspace.runId() })).steps.map(({ what }) => what);
    expect(await plan()).toEqual(["reuse", "ask", "waits", "reuse"]);
    await choose(workspace);
    expect(await plan()).toEqual(["reuse", "reuse", "send", "reuse"]);
  });

  it("survives kill -9 after every entry that follows it, and is never asked for again", async () => {
    const undisturbed = await undecided();
    await choose(undisturbed);
    const before = undisturbed.entries().length;
    await undisturbed.resume();
    const expected = normalForm(undisturbed);
    for (let killAtSeq = before + 1; killAtSeq <= undisturbed.entries().length; killAtSeq += 1) {
      const workspace = await undecided();
      await choose(workspace);
      const killed = await workspace.work({ runId: workspace.runId(), killAtSeq });
      expect(killed.signal).toBe("SIGKILL");
      await workspace.resume();
      expect(normalForm(workspace), `killed after entry ${killAtSeq}`).toEqual(expected);
      expect(workspace.events("approve")).toHaveLength(2);
    }
  }, 120_000);
});

describe("a choice that cannot be recorded is refused, and nothing is appended:", () => {
  it.each([
    [{ step: "aprove" }, "STEP_UNKNOWN", /Did you mean approve/],
    [{ choice: "shp" }, "CHOICE_UNKNOWN", /Did you mean ship\? The choices: ship, hold/],
    [{ choice: "done" }, "CHOICE_UNKNOWN", /The choices: ship, hold/],
    [{ step: "build" }, "NOTHING_TO_DECIDE", /wait for a choice: approve/],
    [{ step: "publish" }, "NOTHING_TO_DECIDE", /wait for a choice: approve/],
    [{ result: 1 }, "USAGE", /Leave the result out/],
  ])("%j", async (more, code, hint) => {
    const workspace = await undecided();
    const before = workspace.entries().length;
    await expect(choose(workspace, more)).rejects.toMatchObject({ code, hint: expect.stringMatching(hint) });
    expect(workspace.entries()).toHaveLength(before);
  });

  it("a note of more than 4,000 characters", async () => {
    const workspace = await undecided();
    await expect(choose(workspace, { note: "x".repeat(4001) })).rejects.toMatchObject({ code: "USAGE" });
    await choose(workspace, { note: "x".repeat(4000) });
  });

  it("another one than before; the same one changes nothing", async () => {
    const workspace = await undecided();
    await choose(workspace);
    const before = workspace.entries().length;
    expect(await choose(workspace, { note: "again" })).toMatchObject({ isNew: false });
    await expect(choose(workspace, { choice: "hold" })).rejects.toMatchObject({ code: "DECIDED_ALREADY" });
    expect(workspace.entries()).toHaveLength(before);
    await workspace.resume();
    expect(await choose(workspace)).toMatchObject({ isNew: false });
    await expect(choose(workspace, { choice: "hold" })).rejects.toMatchObject({ code: "DECIDED_ALREADY" });
    await expect(choose(workspace, { step: "build" })).rejects.toMatchObject({ code: "RUN_COMPLETED" });
  });

  it("for a run that a process works on", async () => {
    const workspace = workspaces.make();
    const task = workspace.task([
      approve,
      counted("build"),
      { id: "wait", run: "while ! test -e counters/go; do sleep 0.05; done" },
    ]);
    const working = workspace.start({ task });
    await working.entries(5);
    await expect(choose(workspace)).rejects.toMatchObject({ code: "RUN_OWNED", exitStatus: 5 });
    workspace.write("counters/go", "");
    expect((await working.ended).exitStatus).toBe(4);
  });

  it("by --in-doubt, for a decision is not in doubt", async () => {
    const workspace = await undecided();
    await expect(workspace.resume({ inDoubt: { approve: "skip" } })).rejects.toMatchObject({ code: "USAGE" });
  });
});

describe("a step in doubt", () => {
  /** Killed while the payment was in flight. */
  async function inDoubt(): Promise<Workspace> {
    const workspace = workspaces.make();
    const pay =
      "printf x >> counters/pay; test -e counters/killed || { touch counters/killed; kill -9 $PPID; sleep 60; }";
    const task = workspace.task([{ id: "pay", effect: "once", run: pay }, counted("thank", { needs: ["pay"] })]);
    expect((await workspace.work({ task })).signal).toBe("SIGKILL");
    return workspace;
  }

  it.each([
    { choice: "done", status: "completed", pay: 1, thank: 1 },
    { choice: "retry", status: "completed", pay: 2, thank: 1 },
    { choice: "skip", status: "failed", pay: 1, thank: 0 },
    { choice: "fail", status: "failed", pay: 1, thank: 0 },
  ])("is settled by the choice $choice at the next resume, not before", async ({ choice, status, pay, thank }) => {
    const workspace = await inDoubt();
    await choose(workspace, { step: "pay", choice });
    expect(workspace.counters()).toMatchObject({ pay: 1 });
    expect(await workspace.resume()).toMatchObject({ status });
    const { pay: paid, thank: thanked = 0 } = workspace.counters();
    expect({ paid, thanked }).toEqual({ paid: pay, thanked: thank });
    const decisions = workspace.events("pay").filter(({ event }) => event === "system.user_decision");
    expect(decisions).toMatchObject([{ payload: { choice, settled_by: "user" } }]);
  });

  it("that is done has the result that was given with the choice, also after another crash", async () => {
    const workspace = await inDoubt();
    await choose(workspace, { step: "pay", choice: "done", result: { receipt: "R-17" } });
    const killAtSeq = workspace.entries().length + 1;
    expect((await workspace.work({ runId: workspace.runId(), killAtSeq })).signal).toBe("SIGKILL");
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    const shown = showStep({ ...placed(workspace), runId: workspace.runId(), step: "pay" });
    expect(shown.payload).toEqual({ result: { receipt: "R-17" }, settled_by: "user" });
  });

  it("takes no other choice, and one choice only", async () => {
    const workspace = await inDoubt();
    const choice = choose(workspace, { step: "pay", choice: "dne" });
    await expect(choice).rejects.toMatchObject({ code: "CHOICE_UNKNOWN", hint: expect.stringContaining("mean done") });
    await choose(workspace, { step: "pay", choice: "skip" });
    const other = choose(workspace, { step: "pay", choice: "retry" });
    await expect(other).rejects.toMatchObject({ code: "DECIDED_ALREADY" });
    expect(await workspace.resume({ inDoubt: { pay: "retry" } })).toMatchObject({ status: "completed" });
  });
});
