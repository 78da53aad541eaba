import { describe, expect, it, onTestFinished } from "vitest";
import { type DecideOptions, decide, readTranscript, showStep } from "../../src/index.ts";
import { givenWorkspaces, type Workspace } from "../run/given.ts";
import { normalForm } from "../run/normal-form.ts";
import { batchOf, counting, sendings } from "./given.ts";

const workspaces = givenWorkspaces();

const each = { id: "each", for_each: { list: ["a", "b"] }, run: counting };
const approve = { id: "approve", decision: { prompt: "Go on?", options: ["yes", "no"] } };

const start = (workspace: Workspace, options = {}) => workspace.here({ task: "tasks/work.json", options });
const placed = (workspace: Workspace) => {
  return { workspace: workspace.directory, store: workspace.store, runId: workspace.runId() };
};

function choose(workspace: Workspace, choice: Pick<DecideOptions, "step" | "choice"> & Partial<DecideOptions>) {
  return decide({ ...placed(workspace), ...choice });
}

const keyOf = (workspace: Workspace, step: string) => showStep({ ...placed(workspace), step }).step.key;

describe("a decision beside or behind a batch", () => {
  it.each([[["a", "b"]], [[]]])("is asked once all of %j are done, though nothing else runs", async (list) => {
    const workspace = workspaces.make();
    workspace.task([
      { ...each, for_each: { list } },
      { ...approve, needs: ["each"] },
    ]);
    expect(await start(workspace)).toMatchObject({ status: "paused", reason: "decision", steps: ["approve"] });
    expect(batchOf(workspace)).toMatchObject({ completed: list.length });
    await choose(workspace, { step: "approve", choice: "yes" });
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
  });

  it("is answered anew if an item has come to something else", async () => {
    const keys = await Promise.all(
      ["printf same", 'printf "$RUNLEDGER_ITEM"'].map(async (run) => {
        const workspace = workspaces.make();
        workspace.task([
          { ...each, run },
          { ...approve, needs: ["each"] },
        ]);
        await start(workspace);
        return keyOf(workspace, "approve");
      }),
    );
    expect(keys[0]).not.toEqual(keys[1]);
  });

  it("keeps no item from being done while somebody thinks", async () => {
    const workspace = workspaces.make();
    workspace.task([each, approve], { concurrency: 1 });
    let isOver = false;
    onTestFinished(() => {
      isOver = true;
    });
    const answer = async () => {
      while (!isOver && workspace.counters()["b"] === undefined) await new Promise((soon) => setTimeout(soon, 5));
      return undefined;
    };
    expect(await start(workspace, { answer })).toMatchObject({ status: "paused", reason: "decision" });
    expect(workspace.counters()).toEqual({ a: 1, b: 1 });
  });

  it("is why a run pauses, before items that were left out are", async () => {
    const workspace = workspaces.make();
    workspace.task([each, approve]);
    expect(await start(workspace, { only: "a" })).toMatchObject({ reason: "decision", steps: ["approve"] });
    await choose(workspace, { step: "approve", choice: "no" });
    expect(await workspace.resume({ only: "a" })).toMatchObject({ reason: "only", steps: ["each"] });
  });
});

describe("a batch that needs a decision", () => {
  const told = {
    ...each,
    needs: ["approve"],
    for_each: { command: 'printf "%s-1\\n%s-2\\n" "$RUNLEDGER_CHOICE_APPROVE" "$RUNLEDGER_CHOICE_APPROVE"' },
    run: 'printf x >> "counters/$RUNLEDGER_ITEM-$RUNLEDGER_CHOICE_APPROVE"',
  };

  it("is told what was chosen, in the command that lists its items and for each item", async () => {
    const workspace = workspaces.make();
    workspace.task([approve, told]);
    expect(await start(workspace)).toMatchObject({ reason: "decision" });
    await choose(workspace, { step: "approve", choice: "no" });
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    expect(workspace.counters()).toEqual({ "no-1-no": 1, "no-2-no": 1 });
  });

  it("has other keys for another answer", async () => {
    const keys = await Promise.all(
      ["yes", "no"].map(async (choice) => {
        const workspace = workspaces.make();
        workspace.task([approve, { ...each, needs: ["approve"] }]);
        await start(workspace);
        await choose(workspace, { step: "approve", choice });
        await workspace.resume();
        return keyOf(workspace, "each[a]");
      }),
    );
    expect(keys[0]).toMatch(/^ik:/);
    expect(keys[0]).not.toEqual(keys[1]);
  });
});

describe("an item in doubt", () => {
  /** Killed while `b` was in flight. */
  async function inDoubt(): Promise<Workspace> {
    const workspace = workspaces.make();
    const run =
      'printf x >> "counters/$RUNLEDGER_ITEM"; test $RUNLEDGER_ITEM != b || test -e counters/killed || { touch counters/killed; kill -9 $PPID; sleep 60; }';
    const list = ["a", "b", "c"];
    const task = workspace.task([{ ...each, for_each: { list }, run, effect: "once" }]);
    expect((await workspace.work({ task })).signal).toBe("SIGKILL");
    return workspace;
  }

  it.each([
    { choice: "done", status: "completed", b: 1, counts: { completed: 3 } },
    { choice: "retry", status: "completed", b: 2, counts: { completed: 3 } },
    { choice: "skip", status: "completed", b: 1, counts: { completed: 2, skipped: 1 } },
    { choice: "fail", status: "failed", b: 1, counts: { completed: 2, failed: 1 } },
  ])("is settled by the choice $choice at the next resume, and the others by nothing", async ({ choice, ...then }) => {
    const workspace = await inDoubt();
    await choose(workspace, { step: "each[b]", choice });
    expect(workspace.counters()).toMatchObject({ a: 1, b: 1 });
    expect(await workspace.resume()).toMatchObject({ status: then.status });
    expect(workspace.counters()).toMatchObject({ a: 1, b: then.b, c: 1 });
    expect(batchOf(workspace)).toMatchObject(then.counts);
    expect(sendings(workspace).get("each[b]")).toBe(then.b);
  });

  it("is chosen for by itself: its step, and what is not in doubt, are refused", async () => {
    const workspace = await inDoubt();
    const code = "NOTHING_TO_DECIDE";
    const hint = "These wait for a choice: each[b]";
    for (const step of ["each", "each[a]", "each[c]"]) {
      await expect(choose(workspace, { step, choice: "done" }), step).rejects.toMatchObject({ code, hint });
    }
    const unknown = choose(workspace, { step: "each[bb]", choice: "done" });
    await expect(unknown).rejects.toMatchObject({ code: "STEP_UNKNOWN", hint: "Did you mean each[b]?" });
  });

  it("is in the transcript of its step, and of the item alone", async () => {
    const workspace = await inDoubt();
    await choose(workspace, { step: "each[b]", choice: "skip" });
    await workspace.resume();
    const steps = (step: string) => {
      const items = readTranscript({ ...placed(workspace), step });
      return new Set([...items].map((item) => item.step));
    };
    expect(steps("each")).toEqual(new Set(["each", "each[a]", "each[b]", "each[c]"]));
    expect(steps("each[b]")).toEqual(new Set(["each[b]"]));
  });
});

describe("a batch, a decision and a batch", () => {
  it("end as without a crash, killed after whatever entry", async () => {
    const steps = [each, { ...approve, needs: ["each"] }, { ...each, id: "again", needs: ["approve"] }];
    const asked = async () => {
      const workspace = workspaces.make();
      const task = workspace.task(steps);
      await start(workspace);
      await choose(workspace, { step: "approve", choice: "yes" });
      return { workspace, task };
    };
    const { workspace: undisturbed } = await asked();
    const before = undisturbed.entries().length;
    await undisturbed.resume();
    const expected = normalForm(undisturbed);
    const last = undisturbed.entries().length;
    for (let killAtSeq = before + 1; killAtSeq <= last; killAtSeq += 1) {
      const { workspace } = await asked();
      expect((await workspace.work({ runId: workspace.runId(), killAtSeq })).signal).toBe("SIGKILL");
      await workspace.resume();
      expect(normalForm(workspace), `killed after entry ${killAtSeq}`).toEqual(expected);
    }
  }, 120_000);
});
