import fs from "node:fs";
import { describe, expect, it } from "vitest";
import type { DoubtQuestion } from "../../src/run/command/step-command.ts";
import { givenWorkspaces, type Workspace } from "./given.ts";

const workspaces = givenWorkspaces();

/** Counts itself, then kills the process that it works for, the first time. */
const killsItsRun = (id: string) =>
  `printf x >> counters/${id}; printf '%s\\n' "$RUNLEDGER_KEY" >> counters/keys; test -e counters/killed || { touch counters/killed; kill -9 $PPID; sleep 60; }`;

/** A payment and a letter of thanks, killed while the payment was in flight. */
async function givenPaymentInFlight(more: object = {}): Promise<Workspace> {
  const workspace = workspaces.make();
  const task = workspace.task([
    { id: "pay", effect: "once", run: killsItsRun("pay"), ...more },
    { id: "thank", needs: ["pay"], run: "printf x >> counters/thank" },
  ]);
  expect((await workspace.work({ task })).signal).toBe("SIGKILL");
  return workspace;
}

const happened = (workspace: Workspace) => {
  const { pay, thank = 0 } = workspace.counters();
  return { pay, thank };
};

describe("a step whose effect is once, ended by a signal that was not ours", () => {
  const killsItself = {
    id: "pay",
    effect: "once",
    run: "printf x >> counters/pay; kill -9 $$",
    retry: { max_attempts: 3 },
  };

  it("is in doubt and not simply tried again: the run pauses", async () => {
    const workspace = workspaces.make();
    const { outcome } = await workspace.work({ task: workspace.task([killsItself]) });
    expect(outcome).toMatchObject({ status: "paused", reason: "in_doubt" });
    expect(workspace.counters()).toEqual({ pay: 1 });
    expect(workspace.events("pay").at(-1)?.payload).toMatchObject({ code: "EXIT_SIGNAL" });
  });

  it("is done if its probe says that it happened", async () => {
    const workspace = workspaces.make();
    const { outcome } = await workspace.work({
      task: workspace.task([{ ...killsItself, probe: "test -s counters/pay" }]),
    });
    expect(outcome).toMatchObject({ status: "completed" });
    expect(workspace.counters()).toEqual({ pay: 1 });
  });
});

describe("a step whose effect is once, killed in flight", () => {
  it("is not done again if its probe says that it happened", async () => {
    const workspace = await givenPaymentInFlight({ probe: "test -s counters/pay" });
    expect(await workspace.resume()).toMatchObject({ status: "completed", exitStatus: 0 });
    expect(happened(workspace)).toEqual({ pay: 1, thank: 1 });
    const events = workspace
      .events("pay")
      .map(({ event, payload }) => [event, payload["probe"] ?? payload["settled_by"]]);
    expect(events).toEqual([
      ["step.in_doubt", undefined],
      ["step.in_doubt", "yes"],
      ["exec.completed", "probe"],
    ]);
  });

  it("is done again under the same key if its probe says that it did not happen", async () => {
    const workspace = await givenPaymentInFlight({ probe: "exit 1" });
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    expect(happened(workspace)).toEqual({ pay: 2, thank: 1 });
    const [first, second, ...others] = workspace.read("counters/keys").trim().split("\n");
    expect(first).toMatch(/^ik:[0-9a-f]{64}$/);
    expect({ second, others }).toEqual({ second: first, others: [] });
  });

  it.each([{ probe: "exit 7" }, { probe: "kill -9 $$" }, {}])("pauses the run if nobody knows: %j", async (more) => {
    const workspace = await givenPaymentInFlight(more);
    const paused = { status: "paused", reason: "in_doubt", steps: ["pay"], exitStatus: 4 };
    expect(await workspace.resume()).toMatchObject(paused);
    expect(await workspace.resume()).toMatchObject(paused);
    expect(happened(workspace)).toEqual({ pay: 1, thank: 0 });
    expect(workspace.events().at(-1)).toMatchObject({ event: "run.paused", payload: { reason: "in_doubt" } });
  });

  it.each([
    { choice: "done", status: "completed", exitStatus: 0, pay: 1, thank: 1 },
    { choice: "retry", status: "completed", exitStatus: 0, pay: 2, thank: 1 },
    { choice: "skip", status: "failed", exitStatus: 1, pay: 1, thank: 0 },
    { choice: "fail", status: "failed", exitStatus: 1, pay: 1, thank: 0 },
  ] as const)("is settled by the option $choice after a pause", async ({ choice, status, exitStatus, pay, thank }) => {
    const workspace = await givenPaymentInFlight();
    await workspace.resume();
    expect(await workspace.resume({ inDoubt: { pay: choice } })).toMatchObject({ status, exitStatus });
    expect(happened(workspace)).toEqual({ pay, thank });
    const names = workspace.events("pay").map(({ event }) => event);
    expect(names.indexOf("system.user_decision")).toBeGreaterThan(names.indexOf("step.in_doubt"));
    if (thank === 0)
      expect(workspace.events("thank")).toMatchObject([{ event: "step.blocked", payload: { by: ["pay"] } }]);
  });

  it("is settled for all steps at once by onInDoubt", async () => {
    const workspace = await givenPaymentInFlight();
    expect(await workspace.resume({ onInDoubt: "done" })).toMatchObject({ status: "completed" });
    expect(happened(workspace)).toEqual({ pay: 1, thank: 1 });
  });

  it("is settled by a person who is told what is known", async () => {
    const workspace = await givenPaymentInFlight();
    const asked: DoubtQuestion[] = [];
    const decide = async (question: DoubtQuestion) => {
      asked.push(question);
      return "done" as const;
    };
    expect(await workspace.resume({ decide, results: { pay: { invoice: 42 } } })).toMatchObject({
      status: "completed",
    });
    expect(asked).toMatchObject([
      { runId: workspace.runId(), step: "pay", effect: "once", attempt: 1, action: "exec" },
    ]);
    expect(happened(workspace)).toEqual({ pay: 1, thank: 1 });
    expect(workspace.events("pay").at(-1)?.payload).toEqual({ result: { invoice: 42 }, settled_by: "user" });
  });

  it("stays skipped, and is not asked about again", async () => {
    const workspace = await givenPaymentInFlight();
    await workspace.resume({ inDoubt: { pay: "skip" } });
    const decide = () => Promise.reject(new Error("asked again"));
    expect(await workspace.resume({ decide })).toMatchObject({ status: "failed", exitStatus: 1 });
    expect(happened(workspace)).toEqual({ pay: 1, thank: 0 });
  });

  it("is chosen for anew, if somebody names it", async () => {
    const workspace = await givenPaymentInFlight();
    await workspace.resume({ inDoubt: { pay: "skip" } });
    expect(await workspace.resume({ inDoubt: { pay: "retry" } })).toMatchObject({ status: "completed" });
    expect(happened(workspace)).toEqual({ pay: 2, thank: 1 });
  });

  it("fails if it is said to be done, but what it should have written is missing", async () => {
    const workspace = await givenPaymentInFlight({ expected_outputs: [{ path: "receipt.pdf" }] });
    expect(await workspace.resume({ onInDoubt: "done" })).toMatchObject({ status: "failed", steps: ["pay"] });
    expect(workspace.events("pay").at(-1)?.payload).toMatchObject({ code: "OUTPUT_MISSING" });
  });

  it("hashes what is there if it is said to be done", async () => {
    const workspace = await givenPaymentInFlight({ expected_outputs: [{ path: "receipt.pdf" }] });
    workspace.write("receipt.pdf", "paid");
    expect(await workspace.resume({ onInDoubt: "done" })).toMatchObject({ status: "completed" });
    expect(workspace.events("pay").at(-1)?.artifacts).toMatchObject([{ path: "receipt.pdf", size: 4 }]);
  });

  it("keeps the answer of a probe that was durable before the next crash", async () => {
    const workspace = await givenPaymentInFlight({ probe: "exit 0" });
    const killAtSeq = workspace.entries().length + 3; // run.resumed, in doubt, what the probe said
    expect((await workspace.work({ runId: workspace.runId(), killAtSeq })).signal).toBe("SIGKILL");
    expect(workspace.entries().at(-1)).toMatchObject({ event: "step.in_doubt", payload: { probe: "yes" } });
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    expect(happened(workspace)).toEqual({ pay: 1, thank: 1 });
  });
});

describe("a choice for a step that is not in doubt", () => {
  it("is refused, and nothing is appended", async () => {
    const workspace = await givenPaymentInFlight();
    const before = fs.readFileSync(workspace.runFile("ledger.ndjson"));
    const slip = workspace.resume({ inDoubt: { thank: "retry" } });
    await expect(slip).rejects.toMatchObject({ code: "USAGE", hint: "In doubt: pay" });
    await expect(workspace.resume({ inDoubt: { pay: "perhaps" as never } })).rejects.toMatchObject({ code: "USAGE" });
    expect(fs.readFileSync(workspace.runFile("ledger.ndjson"))).toEqual(before);
  });
});

describe("a step whose effect may happen again, killed in flight", () => {
  it.each(["pure", "idempotent", undefined])("is sent again under the same key: %s", async (effect) => {
    const workspace = await givenPaymentInFlight({ effect });
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    expect(happened(workspace)).toEqual({ pay: 2, thank: 1 });
    expect(new Set(workspace.read("counters/keys").trim().split("\n")).size).toBe(1);
    expect(workspace.events("pay").map(({ event, attempt }) => [event, attempt])).toEqual([
      ["step.in_doubt", 1],
      ["exec.completed", 2],
    ]);
  });

  it("is left alone if somebody says that it is done", async () => {
    const workspace = await givenPaymentInFlight({ effect: "idempotent" });
    expect(await workspace.resume({ inDoubt: { pay: "done" } })).toMatchObject({ status: "completed" });
    expect(happened(workspace)).toEqual({ pay: 1, thank: 1 });
  });
});

describe("a function's step whose effect is once, killed in flight", () => {
  async function givenFunction(name: string): Promise<Workspace> {
    const workspace = workspaces.make();
    expect((await workspace.work({ function: name })).signal).toBe("SIGKILL");
    expect(workspace.counters()).toMatchObject({ pay: 1 });
    return workspace;
  }

  it.each([
    { name: "probe says true", pay: 1 },
    { name: "probe says false", pay: 2 },
  ])("follows its probe: $name", async ({ name, pay }) => {
    const workspace = await givenFunction(name);
    expect(await workspace.resume({}, name)).toMatchObject({ status: "completed" });
    expect(workspace.counters()).toMatchObject({ pay, thank: 1 });
    expect(workspace.read("counters/probed")).toMatch(/^ik:[0-9a-f]{64}$/);
  });

  it.each(["probe says unknown", "no probe"])("pauses the run: %s", async (name) => {
    const workspace = await givenFunction(name);
    expect(await workspace.resume({}, name)).toMatchObject({ status: "paused", steps: ["pay"], exitStatus: 4 });
    expect(workspace.counters()).not.toHaveProperty("thank");
    const settled = await workspace.resume({ inDoubt: { pay: "done" }, results: { pay: { invoice: 7 } } }, name);
    expect(settled).toMatchObject({ status: "completed", output: { invoice: 7 } });
    expect(workspace.counters()).toMatchObject({ pay: 1, thank: 1 });
  });
});
