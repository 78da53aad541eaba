import fs from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadTask } from "../../src/flow/load-task.ts";
import { defineTask } from "../../src/run/function/define-task.ts";
import { planResume, planRun } from "../../src/run/plan.ts";
import { listRuns } from "../../src/run/read/list.ts";
import { readLogs } from "../../src/run/read/logs.ts";
import { readLedger } from "../../src/run/read/read-ledger.ts";
import { readRun } from "../../src/run/read/read-run.ts";
import { showStep } from "../../src/run/read/show.ts";
import { run } from "../../src/run/run.ts";
import { verifyAll, verifyLedger, verifyRun } from "../../src/run/verify/verify.ts";
import { runStateSchema } from "../../src/runstate/state-schema.ts";
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

/** Every verb that inspects, once. */
async function inspect(workspace: string, runId: string): Promise<void> {
  const options = { workspace, runId, world };
  listRuns(options);
  readRun(options);
  readRun({ ...options, checkChain: true });
  readRun({ ...options, at: 1 });
  await verifyAll(options);
  verifyLedger(options);
  await verifyRun(options);
  await planResume(options);
  await planRun(await loadTask("chain", options), { workspace, world });
  expect([...readLedger(options)].length).toBeGreaterThan(0);
  for (const { step } of readRun(options).state.steps) showStep({ ...options, step });
  expect([...readLogs(options)].length).toBeGreaterThan(0);
}

describe("looking at a run", () => {
  it("writes nothing, be the run completed or dead", async () => {
    const workspace = workspaceWith({ chain });
    const { runId } = await runTask(workspace, "chain");
    const before = contentsOf(workspace);
    await inspect(workspace, runId);
    expect(contentsOf(workspace)).toEqual(before);

    const crashed = workspaceWith({ chain });
    const deadRunId = crashAt(crashed, "chain", 4);
    fs.appendFileSync(path.join(folderOf(crashed, deadRunId), "ledger.ndjson"), '{"torn');
    const deadBefore = contentsOf(crashed);
    await inspect(crashed, deadRunId);
    expect(contentsOf(crashed)).toEqual(deadBefore);
  });

  it("finds no runs where there is no store, and makes none", async () => {
    const workspace = workspaceWith({});
    expect(listRuns({ workspace, world })).toEqual([]);
    expect(await verifyAll({ workspace, world })).toEqual([]);
    expect(fs.readdirSync(workspace)).toEqual(["tasks"]);
    const refusal = expect.objectContaining({ code: "RUN_NOT_FOUND" });
    for (const verb of [readRun, verifyLedger]) {
      expect(() => verb({ workspace, world, runId: "run-x" })).toThrow(refusal);
    }
    await expect(verifyRun({ workspace, world, runId: "run-x" })).rejects.toThrow(refusal);
  });

  it("names the run that was probably meant", async () => {
    const workspace = workspaceWith({ chain });
    const { runId } = await runTask(workspace, "chain");
    const wrong = `${runId.slice(0, -1)}${runId.endsWith("x") ? "y" : "x"}`;
    expect(() => readRun({ workspace, runId: wrong })).toThrow(
      expect.objectContaining({ code: "RUN_NOT_FOUND", exitStatus: 66, hint: `Did you mean ${runId}?` }),
    );
  });

  it("refuses an id that would lead out of the store", () => {
    expect(() => readRun({ workspace: workspaceWith({}), runId: "../../etc" })).toThrow(
      expect.objectContaining({ code: "ID_INVALID" }),
    );
  });

  it("says that a run is alive while its process works on it, and that it is not after a kill", async () => {
    const workspace = workspaceWith({ chain });
    const seen: unknown[] = [];
    const look = defineTask("look", ({ runId, step }) =>
      step("inside", { effect: "once" }, () => {
        const { alive, owner, state } = readRun({ workspace, runId, world });
        seen.push(alive, owner?.pid, state.status, state.steps[0]?.status);
        seen.push(listRuns({ workspace, world })[0]?.alive);
      }),
    );
    const { runId } = await run(look, { workspace, snapshot: false });
    expect(seen).toEqual([true, process.pid, "running", "running", true]);
    expect(readRun({ workspace, runId }).alive).toBe(false);

    const dead = crashAt(workspace, "chain", 2);
    expect(readRun({ workspace, runId: dead })).toMatchObject({
      alive: false,
      state: { status: "running", progress: { in_doubt: 1, pending: 2 } },
    });
  });
});

describe("the list of runs", () => {
  it("has the newest last, with its status and progress", async () => {
    const workspace = workspaceWith({ chain });
    const { runId: first } = await runTask(workspace, "chain");
    const second = crashAt(workspace, "chain", 4);
    const runs = listRuns({ workspace, world });
    expect(runs.map(({ run_id: id }) => id)).toEqual([first, second]);
    expect(runs[0]).toMatchObject({
      status: "completed",
      task_id: "chain",
      progress: { total: 3, completed: 3 },
    });
    expect(runs[1]).toMatchObject({
      status: "running",
      alive: false,
      progress: { total: 3, completed: 1, in_doubt: 1, pending: 1 },
    });
  });

  it("shows the others where one cannot be read, and leaves out what never became a run", async () => {
    const workspace = workspaceWith({ chain });
    const { runId } = await runTask(workspace, "chain");
    const damaged = "run-20200101-000000-00000000";
    fs.cpSync(folderOf(workspace, runId), folderOf(workspace, damaged), { recursive: true });
    fs.mkdirSync(folderOf(workspace, "run-20200101-000000-11111111"));
    const runs = listRuns({ workspace, world });
    expect(runs.map(({ run_id: id, status }) => [id, status])).toEqual([
      [damaged, "unreadable"],
      [runId, "completed"],
    ]);
    expect(runs[0]?.note).toMatch(/^unreadable: .*entry 1 is not the start of run-20200101/);
  });

  it("shows a run whose entry 1 lost its payload, which hinders no other", async () => {
    const workspace = workspaceWith({ chain });
    const { runId } = await runTask(workspace, "chain");
    const ledger = path.join(folderOf(workspace, runId), "ledger.ndjson");
    fs.writeFileSync(ledger, fs.readFileSync(ledger, "utf8").replace('"payload":{', '"paylood":{'));
    expect(listRuns({ workspace, world })).toMatchObject([{ run_id: runId, status: "unreadable" }]);
    expect(() => readRun({ workspace, runId })).toThrow(expect.objectContaining({ code: "LEDGER_DAMAGED" }));
    expect(await runTask(workspace, "chain")).toMatchObject({ status: "completed" });
  });
});

describe("the state of a run", () => {
  it("is the one that its process wrote, and is valid at every entry", async () => {
    const workspace = workspaceWith({ chain });
    const { runId, state } = await runTask(workspace, "chain");
    expect(readRun({ workspace, runId, checkChain: true }).state).toEqual(state);
    for (let at = 1; at <= state.head.seq; at += 1) {
      const then = readRun({ workspace, runId, at, checkChain: true }).state;
      expect(runStateSchema.parse(then).head.seq).toBe(at);
    }
    expect(readRun({ workspace, runId, at: 2 }).state).toMatchObject({ status: "running", progress: { in_doubt: 1 } });
  });

  it("is refused for an entry that there is not", async () => {
    const workspace = workspaceWith({ chain });
    const { runId, state } = await runTask(workspace, "chain");
    for (const at of [0, -1, 1.5, Number.NaN, state.head.seq + 1]) {
      expect(() => readRun({ workspace, runId, at })).toThrow(expect.objectContaining({ code: "USAGE" }));
    }
  });

  it("says of a torn tail how many bytes were never acknowledged", () => {
    const workspace = workspaceWith({ chain });
    const runId = crashAt(workspace, "chain", 4);
    fs.appendFileSync(path.join(folderOf(workspace, runId), "ledger.ndjson"), '{"half":1');
    for (const checkChain of [false, true]) {
      const { notes, state } = readRun({ workspace, runId, checkChain, world });
      expect(notes).toEqual(["9 bytes behind the last entry were never acknowledged; the next resume sets them aside"]);
      expect(state.progress.completed).toBe(1);
    }
  });

  it("is shown where a power cut has left lines behind it that look like entries, or half like them", () => {
    const workspace = workspaceWith({ chain });
    const runId = crashAt(workspace, "chain", 4);
    const stale = [{ hash: undefined }, { hash: 7 }, { hash: "", payload: null }, { hash: "", kind: "event" }];
    const ledger = path.join(folderOf(workspace, runId), "ledger.ndjson");
    const whole = fs.readFileSync(ledger);
    for (const each of stale) {
      const line = `${JSON.stringify({ kind: "log", seq: 5, ...each })}\n`;
      fs.writeFileSync(ledger, Buffer.concat([whole, Buffer.from(`${line}more\n`)]));
      expect(listRuns({ workspace, world }), line).toMatchObject([{ status: "running", progress: { completed: 1 } }]);
      const { notes, state } = readRun({ workspace, runId, world });
      expect(notes, line).toEqual([expect.stringMatching(/bytes behind the last entry were never acknowledged/)]);
      expect(state.head.seq, line).toBe(4);
    }
  });

  it("is refused for a damaged ledger where the chain is checked, and shown with a note where not", async () => {
    const workspace = workspaceWith({ chain });
    const { runId } = await runTask(workspace, "chain");
    const ledger = path.join(folderOf(workspace, runId), "ledger.ndjson");
    const lines = fs.readFileSync(ledger, "utf8").split("\n");
    fs.writeFileSync(ledger, [...lines.slice(0, 3), lines[3]?.slice(9), ...lines.slice(4)].join("\n"));
    expect(() => readRun({ workspace, runId, checkChain: true })).toThrow(
      expect.objectContaining({ code: "LEDGER_DAMAGED", details: expect.objectContaining({ line: 4 }) }),
    );
    const { notes, state } = readRun({ workspace, runId });
    expect(state.head.seq).toBe(3);
    expect(notes[0]).toMatch(/ledger\.ndjson: line 4, byte \d+: /);
  });

  it("lacks what was never started where task.json is missing, and says so", () => {
    const workspace = workspaceWith({ chain });
    const runId = crashAt(workspace, "chain", 4);
    fs.rmSync(path.join(folderOf(workspace, runId), "task.json"));
    const { notes, state } = readRun({ workspace, runId });
    expect(state.steps.map(({ step }) => step)).toEqual(["words", "count"]);
    expect(notes).toEqual(["task.json cannot be read: steps that were never started are not shown"]);
  });
});

describe("the entries of a run", () => {
  it("are those from one seq to another", async () => {
    const workspace = workspaceWith({ chain });
    const { runId } = await runTask(workspace, "chain");
    const seqs = (options: object) => [...readLedger({ workspace, runId, world, ...options })].map(({ seq }) => seq);
    expect(seqs({})).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(seqs({ from: 3, to: 5 })).toEqual([3, 4, 5]);
    expect(seqs({ from: 7 })).toEqual([7, 8]);
    expect(() => seqs({ from: 0 })).toThrow(expect.objectContaining({ code: "USAGE" }));
  });

  it("come up to the damage, and then it is refused", async () => {
    const workspace = workspaceWith({ chain });
    const { runId } = await runTask(workspace, "chain");
    const ledger = path.join(folderOf(workspace, runId), "ledger.ndjson");
    const text = fs.readFileSync(ledger, "utf8");
    fs.writeFileSync(ledger, text.replace('"seq":5', '"seq":6'));
    const seqs: number[] = [];
    expect(() => {
      for (const { seq } of readLedger({ workspace, runId })) seqs.push(seq);
    }).toThrow(expect.objectContaining({ code: "LEDGER_DAMAGED" }));
    expect(seqs).toEqual([1, 2, 3, 4]);
  });
});
