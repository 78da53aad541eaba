import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/ports.ts";
import type { RunMatch } from "../../src/run/place/look-up.ts";
import { systemWorld } from "../../src/run/place/world.ts";
import { givenWorkspaces, type Workspace } from "./given.ts";

const workspaces = givenWorkspaces();
const task = "tasks/work.json";
const only = { id: "only", run: "printf x >> counters/only" };

/** A workspace with a run that was killed after its first entry. */
async function givenUnfinished(): Promise<Workspace> {
  const workspace = workspaces.make();
  await workspace.work({ task: workspace.task([only]), killAtSeq: 1 });
  expect(workspace.runIds()).toHaveLength(1);
  return workspace;
}

async function expectRefused(workspace: Workspace, refused: Promise<unknown>, error: object): Promise<void> {
  const before = workspace.files();
  await expect(refused).rejects.toMatchObject(error);
  expect(workspace.files()).toEqual(before);
  expect(workspace.counters()).not.toMatchObject({ only: 2 });
}

describe("a start", () => {
  it("resumes the unfinished run of the same task and workspace", async () => {
    const workspace = await givenUnfinished();
    const [runId] = workspace.runIds();
    expect(await workspace.here({ task })).toMatchObject({ status: "completed", runId });
    expect(workspace.runIds()).toEqual([runId]);
  });

  it.each(["run.completed", "run.aborted"])(
    "resumes the unfinished run that a power cut gave the %s of another",
    async (event) => {
      const workspace = await givenUnfinished();
      const [runId = ""] = workspace.runIds();
      const from = { agent_type: "system" };
      const at = "2026-11-20T00:00:00.000Z";
      const final = { kind: "event", event, from, correlation_id: runId, payload: {}, at, durable: 1 };
      const hash = "0123456789abcdef".repeat(4);
      for (const stale of [{ kind: "event", event }, final, { ...final, seq: 9, hash }, { ...final, hash }]) {
        const seq = workspace.entries().length + 1;
        fs.appendFileSync(workspace.runFile("ledger.ndjson"), `${JSON.stringify({ seq, ...stale })}\n`);
        const stopped = await workspace.here({ task, options: { signal: AbortSignal.abort() } });
        expect(stopped, JSON.stringify(stale)).toMatchObject({ status: "paused", runId });
        expect(workspace.runIds()).toEqual([runId]);
      }
    },
  );

  it("resumes a paused run", async () => {
    const workspace = workspaces.make();
    workspace.task([only]);
    const signal = AbortSignal.abort();
    const { runId, status } = await workspace.here({ task, options: { signal } });
    expect(status).toBe("paused");
    expect(await workspace.here({ task })).toMatchObject({ status: "completed", runId });
  });

  it("begins a new run after one that has completed", async () => {
    const workspace = await givenUnfinished();
    const first = await workspace.here({ task });
    const second = await workspace.here({ task });
    expect(second).toMatchObject({ status: "completed" });
    expect(second.runId).not.toBe(first.runId);
    expect(workspace.counters()).toEqual({ only: 2 });
  });

  it("begins a new run where it is told not to resume", async () => {
    const workspace = await givenUnfinished();
    expect(await workspace.here({ task, options: { noResume: true } })).toMatchObject({ status: "completed" });
    expect(workspace.runIds()).toHaveLength(2);
  });

  it("begins a new run in another workspace, also of the same store", async () => {
    const workspace = await givenUnfinished();
    const other = workspaces.make();
    other.task([only]);
    const elsewhere = await other.work({ task, options: { store: workspace.store } as never });
    expect(elsewhere.outcome?.status).toBe("completed");
    expect(other.counters()).toEqual({ only: 1 });
  });

  it("is refused after a run that failed, naming both ways on", async () => {
    const workspace = workspaces.make();
    workspace.task([{ ...only, run: "printf x >> counters/only; exit 1" }]);
    const { runId } = await workspace.here({ task });
    const error = { code: "RUN_FAILED", exitStatus: 1, hint: expect.stringMatching(/--retry-failed.*--no-resume/) };
    await expectRefused(workspace, workspace.here({ task }), error);
    expect(await workspace.here({ task, options: { noResume: true } })).not.toMatchObject({ runId });
  });

  it("is refused while an unfinished run of an earlier version of the task is there", async () => {
    const workspace = await givenUnfinished();
    workspace.task([only, { id: "another", run: "true" }]);
    const error = { code: "TASK_EDITED", exitStatus: 4, hint: expect.stringContaining(workspace.runId()) };
    await expectRefused(workspace, workspace.here({ task }), error);
  });

  it("is refused if the last entry is older than a day", async () => {
    const workspace = await givenUnfinished();
    const later = (hours: number) => {
      const clock = { ...systemClock, now: () => systemClock.now() + hours * 3_600_000 };
      return workspace.here({ task, options: { world: { ...systemWorld, clock } } });
    };
    await expectRefused(workspace, later(25), { code: "RUN_OLD", exitStatus: 4 });
    expect(await later(23)).toMatchObject({ status: "completed" });
  });

  it("is refused if several runs match, and lists them", async () => {
    const workspace = await givenUnfinished();
    await workspace.work({ task, killAtSeq: 1, options: { noResume: true } });
    const runIds = workspace.runIds();
    expect(runIds).toHaveLength(2);
    const error = { code: "SEVERAL_MATCHES", exitStatus: 4, hint: expect.stringContaining("--no-resume") };
    await expectRefused(workspace, workspace.here({ task }), error);
    await expect(workspace.here({ task })).rejects.toMatchObject({ hint: expect.stringContaining(runIds[1] ?? "") });
  });

  it("asks where somebody can choose, and does what they say", async () => {
    const workspace = await givenUnfinished();
    const [runId = ""] = workspace.runIds();
    const asked: RunMatch[][] = [];
    const choosing = (choice: "cancel" | "fresh" | { resume: string }) => async (matches: RunMatch[]) => {
      asked.push(matches);
      return choice;
    };
    const start = (choice: Parameters<typeof choosing>[0]) =>
      workspace.here({ task, options: { choose: choosing(choice) } });
    await expectRefused(workspace, start("cancel"), { code: "CANCELLED", exitStatus: 4 });
    expect(await start("fresh")).toMatchObject({ status: "completed" });
    expect(workspace.runIds()).toHaveLength(2);
    expect(await start({ resume: runId })).toMatchObject({ status: "completed", runId });
    expect(asked[0]).toMatchObject([{ runId, why: "unfinished", status: "running", steps: { completed: 0 } }]);
  });

  it("leaves alone and names a folder that is no start of its own: somebody else's, or a run's without its ledger", async () => {
    const workspace = workspaces.make();
    const foreign = path.join(workspace.store, "runs", "exp1");
    const lost = path.join(workspace.store, "runs", "run-20261121-070000-0a1b2c3d");
    fs.mkdirSync(foreign, { recursive: true });
    fs.writeFileSync(path.join(foreign, "model.bin"), "weights");
    fs.mkdirSync(path.join(lost, "receipts"), { recursive: true });
    fs.writeFileSync(path.join(lost, "run.json"), "{}");
    const notices: string[] = [];
    const onNotice = ({ code, message }: { code: string; message: string }) => void notices.push(`${code} ${message}`);
    await workspace.here({ task: workspace.task([only]), options: { onNotice } });
    expect(notices.sort()).toEqual([foreign, lost].map((each) => expect.stringContaining(`RUN_UNREADABLE ${each}`)));
    expect(fs.readFileSync(path.join(foreign, "model.bin"), "utf8")).toBe("weights");
    fs.rmSync(foreign, { recursive: true });
    fs.rmSync(lost, { recursive: true });
  });

  it("removes the folders of starts that died before their run began", async () => {
    const workspace = workspaces.make();
    workspace.task([only]);
    const unborn = path.join(workspace.store, "runs", "run-20261121-070000-0a1b2c3d");
    fs.mkdirSync(unborn, { recursive: true });
    fs.writeFileSync(path.join(unborn, "task.json"), "{}");
    fs.writeFileSync(path.join(unborn, "ledger.ndjson"), '{"half":');
    const runId = path.basename(unborn);
    await expect(workspace.here({ runId })).rejects.toMatchObject({ code: "RUN_NOT_FOUND", exitStatus: 66 });
    expect(fs.existsSync(unborn)).toBe(true);
    expect(await workspace.here({ task })).toMatchObject({ status: "completed" });
    expect(fs.existsSync(unborn)).toBe(false);
    expect(workspace.runIds()).toHaveLength(1);
  });
});

describe("a resume", () => {
  it("of a run that is not there says so, and creates nothing", async () => {
    const workspace = await givenUnfinished();
    const runId = "run-20261121-070000-00000000";
    await expectRefused(workspace, workspace.here({ runId }), { code: "RUN_NOT_FOUND", exitStatus: 66 });
    const invalid = workspace.here({ runId: "../escape" });
    await expectRefused(workspace, invalid, { code: "ID_INVALID", exitStatus: 2 });
  });

  it("of a ledger with a torn tail says in the ledger what it cut, and goes on", async () => {
    const workspace = await givenUnfinished();
    fs.appendFileSync(workspace.runFile("ledger.ndjson"), '{"torn":');
    expect(await workspace.resume()).toMatchObject({ status: "completed" });
    const [, recovered, resumed] = workspace.events();
    expect(recovered).toMatchObject({ event: "ledger.recovered", payload: { cut_bytes: 8 } });
    expect(resumed).toMatchObject({ event: "run.resumed" });
    expect(fs.readFileSync(workspace.runFile(String(recovered?.payload["file"])), "utf8")).toBe('{"torn":');
  });

  it("of a completed run with a torn tail says so too, and the run stays completed", async () => {
    const workspace = await givenUnfinished();
    await workspace.resume();
    const [first] = workspace.runIds();
    fs.appendFileSync(workspace.runFile("ledger.ndjson"), '{"torn":');
    expect(await workspace.resume()).toMatchObject({ status: "completed", wasSettled: true });
    expect(workspace.events().at(-1)).toMatchObject({ event: "ledger.recovered" });
    expect(await workspace.resume()).toMatchObject({ status: "completed", wasSettled: true });
    expect(await workspace.here({ task })).not.toMatchObject({ runId: first });
  });

  it("of a damaged ledger names line and byte, and changes nothing", async () => {
    const workspace = workspaces.make();
    await workspace.work({ task: workspace.task([only, { id: "more", run: "true" }]), killAtSeq: 4 });
    const ledger = workspace.runFile("ledger.ndjson");
    const bytes = fs.readFileSync(ledger);
    const second = bytes.indexOf("\n") + 1;
    bytes[second + 20] = 0x21;
    fs.writeFileSync(ledger, bytes);
    const error = { code: "LEDGER_DAMAGED", exitStatus: 65, details: { line: 2, byte: second } };
    await expectRefused(workspace, workspace.here({ runId: workspace.runId() }), error);
    expect(fs.readFileSync(ledger)).toEqual(bytes);
    fs.rmSync(workspace.store, { recursive: true });
  });
});
