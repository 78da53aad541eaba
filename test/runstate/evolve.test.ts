import { describe, expect, it } from "vitest";
import { evolve } from "../../src/runstate/evolve.ts";
import { replay } from "../../src/runstate/replay.ts";
import { isDone, type RunState } from "../../src/runstate/state.ts";
import {
  aborted,
  beat,
  blocked,
  called,
  commanded,
  completed,
  correlationOf,
  decided,
  doubted,
  entriesOf,
  failed,
  failedRun,
  given,
  keyOf,
  logged,
  messageId,
  ofRun,
  paused,
  resumed,
  runId,
  started,
  stepOf,
  succeeded,
  taskId,
  told,
} from "./given.ts";

describe("a run", () => {
  it("is running once it has begun, and knows what it is a run of", () => {
    const state = given(started());
    expect(state).toMatchObject({
      runId,
      taskId,
      status: "running",
      workspace: "/project",
      input: { size: 3 },
      sessions: 1,
    });
    expect([state.commands.size, state.terminalEvents]).toEqual([0, 0]);
  });

  it("is not completed because nothing is pending: only its final entry says so", () => {
    const done = [started(), commanded("build"), succeeded("build")];
    expect(given(...done)).toMatchObject({ status: "running", endedAt: undefined });
    expect(given(...done, completed()).status).toBe("completed");
    expect(given(started(), commanded("build"), failed("build")).status).toBe("running");
  });

  it.each([
    ["completed", completed({ sum: 4 }), { status: "completed", output: { sum: 4 } }],
    [
      "failed",
      failedRun({ code: "BROKEN", message: "it broke" }),
      { status: "failed", error: { code: "BROKEN", message: "it broke" } },
    ],
    ["aborted", aborted("too dear"), { status: "aborted", reason: "too dear" }],
  ])("that is %s has ended, and says when and how", (_, end, expected) => {
    expect(given(started(), end)).toMatchObject({ ...expected, endedAt: "2026-11-21T07:00:02.000Z" });
  });

  it("that is paused has not ended; resumed, it runs again and has forgotten why it paused", () => {
    expect(given(started(), paused("in doubt"))).toMatchObject({
      status: "paused",
      reason: "in doubt",
      endedAt: undefined,
    });
    const state = given(started(), paused("in doubt"), resumed());
    expect(state).toMatchObject({ status: "running", reason: undefined, sessions: 2, sessionSeq: 3 });
  });

  it("that failed runs again when it is resumed", () => {
    const state = given(started(), failedRun({ code: "BROKEN", message: "it broke" }), resumed());
    expect(state).toMatchObject({ status: "running", error: undefined, endedAt: undefined });
  });

  it("is moved by system alone: what an agent claims of the run changes nothing", () => {
    for (const event of ["run.completed", "run.failed", "run.aborted", "run.paused", "step.blocked"]) {
      const state = given(started(), commanded("build"), ofRun(event, { reason: "I say so", by: ["me"] }, "builder"));
      expect(state).toMatchObject({ status: "running", reason: undefined });
      expect(state.blocked.size).toBe(0);
    }
  });

  it("does not notice heartbeats and logs but for their place", () => {
    const before = given(started(), commanded("build"));
    const after = given(started(), commanded("build"), beat(), logged("J1"));
    expect(after.head.seq).toBe(4);
    expect({ ...after, head: before.head, updatedAt: before.updatedAt }).toEqual(before);
  });

  it("has the drift that somebody accepted in mind, the latest of each path", () => {
    const drift = (paths: unknown) => ofRun("drift.found", { paths, decision: "ignore" });
    const first = [
      { path: "a", found: "sha256:1" },
      { path: "b", found: null },
    ];
    const state = given(started(), drift(first), drift([{ path: "a", found: "sha256:2" }]), drift({ $object: {} }));
    expect([...state.acceptedDrift]).toEqual([
      ["a", "sha256:2"],
      ["b", null],
    ]);
  });

  it("has no gaps in it, and begins with its start: anything else is our bug", () => {
    const entries = entriesOf([started(), commanded("build"), succeeded("build")]);
    const broken = expect.objectContaining({ code: "INVARIANT", exitStatus: 70 });
    expect(() => replay(entries.toSpliced(1, 1))).toThrow(broken);
    expect(() => replay([...entries, ...entries.slice(-1)])).toThrow(broken);
    expect(() => replay(entries.slice(1))).toThrow(broken);
    expect(() => replay([])).toThrow(broken);
  });
});

describe("a step", () => {
  it("is in flight from its command to its terminal event", () => {
    const state = given(started(), commanded("build", { inputs: { goal: "g" }, maxAttempts: 3 }));
    const command = stepOf(state, "build");
    expect(command).toMatchObject({
      action: "implement",
      inputs: { goal: "g" },
      attempt: 1,
      maxAttempts: 3,
      ended: undefined,
    });
    expect([isDone(command), isDone(undefined)]).toEqual([false, false]);
    expect(state.keyOfCorrelation.get(correlationOf("build"))).toBe(keyOf("build"));
  });

  it("is done once it has ended well, with what its terminal event says", () => {
    const artifacts = [{ path: "a", sha256: `sha256:${"a".repeat(64)}`, size: 1 }];
    const state = given(started(), commanded("build"), succeeded("build", { payload: { tests: 3 }, artifacts }));
    const { ended, ...command } = stepOf(state, "build");
    expect(isDone({ ...command, ended })).toBe(true);
    expect(ended).toMatchObject({ status: "success", payload: { tests: 3 }, artifacts, attempt: 1, seq: 3, n: 1 });
    expect([ended?.messageId, ended?.hash]).toEqual([messageId(3), state.head.hash]);
  });

  it.each([
    ["an error", failed("build")],
    ["a terminal event with status failed", succeeded("build", { status: "failed" })],
    ["an error that says success", failed("build", { status: "success" })],
  ])("has failed after %s", (_, end) => {
    expect(stepOf(given(started(), commanded("build"), end), "build").ended?.status).toBe("failed");
  });

  it.each([
    ["implement", "builder.completed", true],
    ["implement_changes", "builder.completed", true],
    ["implement", "implement.completed", false],
    ["review", "review.completed", true],
    ["review", "builder.completed", false],
    ["update_spec", "spec.updated", true],
    ["update_spec", "spec.no_changes_needed", true],
    ["update_spec", "spec.changes_requested", true],
    ["exec", "exec.completed", true],
    ["index.build", "index.build.completed", true],
    ["index.build", "error", true],
    ["index.build", "index.completed", false],
  ])("of action %s: %s ends it, %s", (action, event, ends) => {
    const state = given(started(), commanded("a", { action }), told("a", event));
    expect(stepOf(state, "a").ended !== undefined).toBe(ends);
    expect(state.terminalEvents).toBe(ends ? 1 : 0);
  });

  it("is changed by no second terminal event", () => {
    const first = [started(), commanded("build"), succeeded("build")];
    for (const second of [succeeded("build", { payload: { other: 1 } }), failed("build")]) {
      const [before, after] = [given(...first), given(...first, second)];
      expect({ ...after, head: 0, updatedAt: 0, lastMessageId: 0 }).toEqual({
        ...before,
        head: 0,
        updatedAt: 0,
        lastMessageId: 0,
      });
    }
  });

  it("begins anew with another command under the same key, and its receipts are counted on", () => {
    const progress = told("a", "builder.progress");
    const state = given(started(), commanded("a"), progress, failed("a"), commanded("a", { attempt: 2 }));
    expect(stepOf(state, "a")).toMatchObject({ attempt: 2, ended: undefined, messageId: messageId(5), eventIds: [] });
    const after = given(started(), commanded("a"), failed("a"), commanded("a", { attempt: 2 }), succeeded("a"));
    expect(stepOf(after, "a").ended).toMatchObject({ status: "success", attempt: 2, n: 2 });
    expect([after.commands.size, after.terminalEvents]).toEqual([1, 2]);
  });

  it("keeps the ids of what its agent said before the end, the first hundred", () => {
    const state = given(
      started(),
      commanded("a"),
      told("a", "builder.progress"),
      logged("J"),
      told("a", "agent.fault"),
    );
    expect(stepOf(state, "a").eventIds).toEqual([messageId(3), messageId(5)]);
    const chatty = given(
      started(),
      commanded("a"),
      ...Array.from({ length: 150 }, () => told("a", "builder.progress")),
    );
    expect(stepOf(chatty, "a").eventIds).toHaveLength(100);
  });

  it("is not ended by what belongs to another command, or to none", () => {
    const state = given(started(), commanded("a"), commanded("b"), succeeded("b"), succeeded("unheard-of"));
    expect([stepOf(state, "a").ended, stepOf(state, "b").ended?.n, state.terminalEvents]).toEqual([undefined, 1, 1]);
  });
});

describe("a step in doubt", () => {
  it("is so until it is sent again or has ended", () => {
    const doubt = [started(), commanded("pay"), doubted("pay")];
    expect(stepOf(given(...doubt), "pay")).toMatchObject({ inDoubtAttempt: 1, ended: undefined });
    expect(stepOf(given(...doubt, commanded("pay", { attempt: 2 })), "pay").inDoubtAttempt).toBeUndefined();
    expect(stepOf(given(...doubt, succeeded("pay", { from: { agent_type: "system" } })), "pay")).toMatchObject({
      inDoubtAttempt: undefined,
      ended: { status: "success" },
    });
  });

  it("is skipped when somebody chooses so, and taken up again when somebody chooses otherwise", () => {
    const doubt = [started(), commanded("pay"), doubted("pay"), decided("pay", "skip")];
    expect(stepOf(given(...doubt), "pay").skipped).toBe(true);
    expect(stepOf(given(...doubt, decided("pay", "retry")), "pay").skipped).toBe(false);
    expect(stepOf(given(...doubt, commanded("pay", { attempt: 2 })), "pay").skipped).toBe(false);
  });

  it("is so for system alone: an agent can neither doubt nor decide", () => {
    const said = [told("pay", "step.in_doubt"), told("pay", "system.user_decision", { payload: { choice: "skip" } })];
    expect(stepOf(given(started(), commanded("pay"), ...said), "pay")).toMatchObject({
      inDoubtAttempt: undefined,
      skipped: false,
    });
  });
});

describe("a blocked step", () => {
  it("is so until the run is resumed", () => {
    const state = given(started(), blocked("publish", ["build"]));
    expect([...state.blocked]).toEqual([["publish", ["build"]]]);
    expect(given(started(), blocked("publish", ["build"]), resumed()).blocked.size).toBe(0);
  });
});

describe("a function call", () => {
  it("is known by its terminal event alone", () => {
    const state = given(started(), called("square", { result: 49 }));
    expect(stepOf(state, "square")).toMatchObject({ action: "call", attempt: 1, messageId: undefined });
    expect(stepOf(state, "square").ended).toMatchObject({ status: "success", payload: { result: 49 }, n: 1 });
  });

  it("that failed is replaced by its next attempt, and by no repetition of an old one", () => {
    const state = given(started(), called("a", { status: "failed" }), called("a", { attempt: 2 }));
    expect(stepOf(state, "a")).toMatchObject({ attempt: 2, ended: { status: "success", attempt: 2, n: 2 } });
    const repeated = given(
      started(),
      called("a", { status: "failed" }),
      called("a", { attempt: 2 }),
      called("a", { status: "failed" }),
    );
    expect(stepOf(repeated, "a").ended).toMatchObject({ status: "success", n: 2 });
    expect(repeated.terminalEvents).toBe(2);
  });

  it("that is done is not changed by a second end of the same attempt", () => {
    const state = given(started(), called("a", { result: 1 }), called("a", { result: 2 }));
    expect(stepOf(state, "a").ended?.payload).toEqual({ result: 1 });
    expect(state.terminalEvents).toBe(1);
  });
});

describe("the fold", () => {
  it("leaves the entries that it is given as they are", () => {
    const entries = entriesOf([
      started(),
      commanded("a"),
      told("a", "builder.progress"),
      failed("a"),
      called("b"),
      completed(1),
    ]);
    const copy = structuredClone(entries);
    const frozen = entries.map((entry) => deeplyFrozen(entry));
    frozen.reduce<RunState | undefined>((state, entry) => evolve(state, entry), undefined);
    expect(entries).toEqual(copy);
  });

  function deeplyFrozen<Value>(value: Value): Value {
    if (typeof value === "object" && value !== null)
      for (const each of Object.values(Object.freeze(value))) deeplyFrozen(each);
    return value;
  }
});
