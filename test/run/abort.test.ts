import fs from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { abort } from "../../src/run/abort.ts";
import { defineTask } from "../../src/run/function/define-task.ts";
import { systemWorld } from "../../src/run/place/world.ts";
import { readLedger } from "../../src/run/read/read-ledger.ts";
import { resume } from "../../src/run/resume.ts";
import { run } from "../../src/run/run.ts";
import { verifyRun } from "../../src/run/verify/verify.ts";
import { chain, contentsOf, crashAt, folderOf, removeWorkspaces, runTask, workspaceWith } from "./inspect-given.ts";

afterAll(removeWorkspaces);

describe("aborting a run", () => {
  it("ends a dead run for good: it cannot be resumed, and a start begins anew", async () => {
    const workspace = workspaceWith({ chain });
    const runId = crashAt(workspace, "chain", 4);
    const state = await abort({ workspace, runId, note: "the order was withdrawn" });
    expect(state).toMatchObject({
      run_id: runId,
      status: "aborted",
      reason: "aborted by user",
      progress: { total: 3, completed: 1, in_doubt: 1, pending: 1 },
    });
    const last = [...readLedger({ workspace, runId })].at(-1);
    expect(last).toMatchObject({
      event: "run.aborted",
      payload: { reason: "aborted by user", note: "the order was withdrawn" },
    });
    expect(JSON.parse(fs.readFileSync(path.join(folderOf(workspace, runId), "run.json"), "utf8"))).toEqual(state);
    expect((await verifyRun({ workspace, runId })).faults).toEqual([]);
    await expect(resume({ workspace, runId })).rejects.toMatchObject({ code: "RUN_ABORTED", exitStatus: 1 });
    const anew = await runTask(workspace, "chain");
    expect(anew).toMatchObject({ status: "completed" });
    expect(anew.runId).not.toBe(runId);
  });

  it("changes nothing the second time", async () => {
    const workspace = workspaceWith({ chain });
    const runId = crashAt(workspace, "chain", 2);
    const first = await abort({ workspace, runId });
    const ledger = fs.readFileSync(path.join(folderOf(workspace, runId), "ledger.ndjson"));
    expect((await abort({ workspace, runId, note: "again" })).head).toEqual(first.head);
    expect(fs.readFileSync(path.join(folderOf(workspace, runId), "ledger.ndjson"))).toEqual(ledger);
  });

  it("refuses a run that has completed, and one that is not there", async () => {
    const workspace = workspaceWith({ chain });
    const { runId } = await runTask(workspace, "chain");
    await expect(abort({ workspace, runId })).rejects.toMatchObject({
      code: "RUN_COMPLETED",
      exitStatus: 2,
      message: `${runId} has completed; there is nothing to abort`,
    });
    const empty = workspaceWith({});
    const before = contentsOf(empty);
    await expect(abort({ workspace: empty, runId })).rejects.toMatchObject({ code: "RUN_NOT_FOUND", exitStatus: 66 });
    expect(contentsOf(empty)).toEqual(before);
  });

  it("refuses a run whose process lives, naming it", async () => {
    const workspace = workspaceWith({});
    const refusals: unknown[] = [];
    const task = defineTask("busy", async ({ runId, step }) => {
      await step("work", () => 1);
      await abort({ workspace, runId }).catch((error: unknown) => refusals.push(error));
    });
    const { status } = await run(task, { workspace, snapshot: false });
    expect(status).toBe("completed");
    expect(refusals).toMatchObject([{ code: "RUN_OWNED", exitStatus: 5, details: { owner: { pid: process.pid } } }]);
  });

  it("ends a run that failed, so that it is not asked about any more", async () => {
    const workspace = workspaceWith({ failing: 'version: 1\nid: failing\nsteps: [{ id: no, run: "exit 3" }]\n' });
    const { runId, status } = await runTask(workspace, "failing");
    expect(status).toBe("failed");
    await expect(runTask(workspace, "failing")).rejects.toMatchObject({ code: "RUN_FAILED" });
    expect((await abort({ workspace, runId })).status).toBe("aborted");
    expect(await runTask(workspace, "failing")).toMatchObject({ status: "failed" });
  });

  it("needs no task.json, cuts a torn tail and writes the receipts that are missing", async () => {
    const workspace = workspaceWith({ chain });
    const runId = crashAt(workspace, "chain", 4);
    const folder = folderOf(workspace, runId);
    fs.rmSync(path.join(folder, "task.json"));
    fs.rmSync(path.join(folder, "receipts"), { recursive: true });
    fs.appendFileSync(path.join(folder, "ledger.ndjson"), '{"torn');
    fs.writeFileSync(path.join(folder, `.run.json.${runId}.00000000.tmp`), "half");
    await abort({ workspace, runId });
    const events = [...readLedger({ workspace, runId })].map((entry) => (entry.kind === "event" ? entry.event : ""));
    expect(events.slice(-2)).toEqual(["ledger.recovered", "run.aborted"]);
    expect(fs.readdirSync(path.join(folder, "receipts/chain"))).toEqual(["step-1.json"]);
    expect(fs.readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect((await verifyRun({ workspace, runId })).faults.map(({ code }) => code)).toEqual(["RECORD_DAMAGED"]);
  });

  it("keeps a secret in the note from the disk", async () => {
    const workspace = workspaceWith({ chain });
    const runId = crashAt(workspace, "chain", 2);
    const secret = "s3cr3t-value-of-a-token";
    const environment = { ...process.env, DEPLOY_TOKEN: secret };
    const host = Object.create(systemWorld.host, { environment: { value: environment } });
    await abort({ workspace, runId, note: `it printed ${secret}`, world: { ...systemWorld, host } });
    const written = contentsOf(folderOf(workspace, runId)).join("\n");
    expect(written).not.toContain(Buffer.from(secret).toString("hex"));
    expect(written).toContain(Buffer.from("it printed ").toString("hex"));
  });
});
