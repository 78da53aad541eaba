import { describe, expect, it } from "vitest";
import type { LedgerRecord } from "../../src/ledger/entry.ts";
import { runStateDocument, runStateFile } from "../../src/runstate/document.ts";
import { type RunStateDocument, runStateSchema } from "../../src/runstate/state-schema.ts";
import {
  blocked,
  called,
  commanded,
  completed,
  decided,
  doubted,
  failed,
  given,
  keyOf,
  resumed,
  started,
  succeeded,
} from "./given.ts";

/** The document of a run with these steps in which this happened; it is as the schema says. */
function documentOf(
  steps: string[],
  happened: LedgerRecord[],
  view: { alive?: boolean; performedAfter?: number } = {},
): RunStateDocument {
  const document = runStateDocument(given(started(), ...happened), { steps, alive: false, pid: 7, ...view });
  return runStateSchema.parse(JSON.parse(JSON.stringify(document)));
}

describe("the run state as a document", () => {
  const cases: [string, LedgerRecord[], object][] = [
    ["pending", [], { status: "pending", attempts: 0 }],
    ["in_doubt", [commanded("a")], { status: "in_doubt", attempts: 1, key: keyOf("a"), action: "implement" }],
    ["in_doubt", [commanded("a"), doubted("a")], { status: "in_doubt" }],
    ["skipped", [commanded("a"), doubted("a"), decided("a", "skip")], { status: "skipped" }],
    [
      "completed",
      [commanded("a"), succeeded("a")],
      { status: "completed", receipt: 1, outcome: "performed", artifacts: [] },
    ],
    ["failed", [commanded("a"), failed("a")], { status: "failed", error: { code: "NO_MONEY", message: "no money" } }],
    [
      "failed",
      [commanded("a"), succeeded("a", { status: "failed" })],
      { error: { code: "FAILED", message: "builder.completed reported a failure" } },
    ],
    ["blocked", [blocked("a", ["b"])], { status: "blocked", blocked_by: ["b"] }],
    ["completed", [called("a")], { status: "completed", action: "call" }],
  ];

  it.each(cases)("says of a step that it is %s", (status, happened, expected) => {
    const { steps, progress } = documentOf(["a"], happened);
    expect(steps).toMatchObject([{ step: "a", status, ...expected }]);
    expect(progress).toMatchObject({ total: 1, [status]: 1 });
  });

  it("says of what is in flight that it is running while a process is at work, unless it was found in doubt", () => {
    expect(documentOf(["a"], [commanded("a")], { alive: true }).steps[0]?.status).toBe("running");
    expect(documentOf(["a"], [commanded("a"), doubted("a")], { alive: true }).steps[0]?.status).toBe("in_doubt");
  });

  it("says what this process performed, and what it reused from those before", () => {
    const happened = [commanded("a"), succeeded("a"), resumed(), commanded("b"), succeeded("b"), completed()];
    const { steps, sessions } = documentOf(["a", "b"], happened);
    expect([steps.map(({ outcome }) => outcome), sessions]).toEqual([["reused", "performed"], 2]);
    const later = documentOf(["a", "b"], happened, { performedAfter: 7 });
    expect(later.steps.map(({ outcome }) => outcome)).toEqual(["reused", "reused"]);
  });

  it("has the steps of the task in its order, then those that it does not name in the order in which they came", () => {
    const { steps } = documentOf(["b", "a"], [commanded("z"), commanded("a"), called("y")]);
    expect(steps.map(({ step }) => step)).toEqual(["b", "a", "z", "y"]);
  });

  it("counts every step once", () => {
    const happened = [commanded("a"), succeeded("a"), commanded("b"), failed("b"), blocked("c", ["b"]), commanded("d")];
    const { progress } = documentOf(["a", "b", "c", "d", "e"], happened);
    const { total, ...counts } = progress;
    expect(counts).toEqual({ pending: 1, running: 0, in_doubt: 1, completed: 1, failed: 1, blocked: 1, skipped: 0 });
    expect(total).toBe(5);
  });

  it("says that the run is running as long as nothing has ended it, although every step is done", () => {
    const done = [commanded("a"), succeeded("a")];
    const { status, progress, ended_at } = documentOf(["a"], done);
    expect([status, progress.completed, ended_at]).toEqual(["running", 1, undefined]);
    expect(documentOf(["a"], [...done, completed()])).toMatchObject({
      status: "completed",
      ended_at: "2026-11-21T07:00:04.000Z",
      pid: 7,
    });
  });
});

describe("run.json", () => {
  it("lists 10,000 steps at most and counts all, so that a long run does not spend its time on it", () => {
    const names = Array.from({ length: 10_001 }, (_, index) => `step-${index}`);
    const document = runStateDocument(given(started()), { steps: names, alive: true, pid: 7 });
    const { steps, progress } = runStateSchema.parse(JSON.parse(Buffer.from(runStateFile(document)).toString()));
    expect([steps.length, steps[0]?.step, steps.at(-1)?.step]).toEqual([10_000, "step-0", "step-9999"]);
    expect(progress.total).toBe(10_001);
    expect(document.steps.length).toBe(10_001);
  });
});
