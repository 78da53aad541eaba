import fs from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { doctor } from "../../src/index.ts";
import { onlyRun, runledger, startRunledger, workspaceWith } from "../cli/given.ts";
import { contentsOf, removeWorkspaces } from "../run/inspect-given.ts";

afterAll(removeWorkspaces);

/** Says its pid, then waits for a file `go`. */
const waiting = `
steps:
  - id: wait
    run: ["sh", "-c", "echo $$ > pid; while ! test -e go; do sleep 0.02; done"]
    effect: pure
`;

async function started() {
  const workspace = workspaceWith({ waiting });
  const run = startRunledger(["run", "waiting"], { workspace });
  await run.printed("→ wait");
  const pid = () => (fs.existsSync(path.join(workspace, "pid")) ? Number(readIn(workspace, "pid")) : 0);
  while (pid() === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const runId = onlyRun(workspace);
  const folder = path.join(workspace, ".runledger/runs", runId);
  const go = () => fs.writeFileSync(path.join(workspace, "go"), "");
  return { workspace, run, runId, folder, pid: pid(), go };
}

const readIn = (workspace: string, file: string) => fs.readFileSync(path.join(workspace, file), "utf8");

function lives(pid: number): boolean {
  return fs.existsSync(`/proc/${pid}/environ`) && fs.readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
}

describe("a run that a process works on", () => {
  it("is named, and left alone by --fix to the byte", async () => {
    const { workspace, run, runId, folder, go } = await started();
    fs.writeFileSync(path.join(folder, "receipts-9"), "", { mode: 0o644 });
    const before = contentsOf(folder);
    const dry = await doctor({ workspace });
    expect(dry.findings).toMatchObject([
      { code: "PERMISSIONS_WIDE", fix: { possible: false } },
      { code: "RUN_OWNED", severity: "info", run_id: runId, message: expect.stringContaining(`${run.child.pid}`) },
    ]);
    const ended = await runledger(["doctor", "--fix"], { workspace });
    expect(ended.status).toBe(0);
    expect(contentsOf(folder)).toEqual(before);
    go();
    expect(await run.ended).toMatchObject({ status: 0 });
    expect((await doctor({ workspace, fix: true })).findings).toMatchObject([
      { code: "PERMISSIONS_WIDE", fixed: true },
    ]);
  });

  it("is left alone by its lock, also where nobody can see the process", async () => {
    const { workspace, run, runId, folder, go } = await started();
    // As in another container: what the lock says of its owner is nobody here.
    fs.writeFileSync(path.join(folder, "lock"), "");
    fs.appendFileSync(path.join(folder, "ledger.ndjson"), "torn");
    const object = path.join(workspace, ".runledger/objects/sha256/ab", "c".repeat(62));
    fs.mkdirSync(path.dirname(object), { recursive: true, mode: 0o700 });
    fs.writeFileSync(object, "about to be named", { mode: 0o600 });
    const before = contentsOf(folder);
    const report = await doctor({ workspace, fix: true });
    expect(fs.existsSync(object)).toBe(true);
    const codes = report.findings.map(({ code, fixed }) => [code, fixed]);
    expect(codes).toContainEqual(["TORN_TAIL", false]);
    expect(codes).toContainEqual(["OBJECTS_UNREFERENCED", false]);
    expect(report.findings).toContainEqual(expect.objectContaining({ code: "RUN_OWNED", run_id: runId }));
    expect(contentsOf(folder)).toEqual(before);
    run.child.kill("SIGKILL");
    await run.ended.catch(() => {});
    go();
    const later = await doctor({ workspace, fix: true });
    expect(later.findings).toContainEqual(expect.objectContaining({ code: "TORN_TAIL", fixed: true }));
    expect(fs.existsSync(object)).toBe(false);
    expect(await runledger(["resume", runId], { workspace })).toMatchObject({ status: 0 });
  });
});

describe("a run whose process was killed", () => {
  it("has its left-over processes named, and ended by --fix; then it is resumed", async () => {
    const { workspace, run, runId, folder, pid, go } = await started();
    run.child.kill("SIGKILL");
    run.child.stdout?.destroy();
    run.child.stderr?.destroy();
    await run.ended;
    expect(lives(pid)).toBe(true);
    const before = contentsOf(folder);
    const dry = await doctor({ workspace });
    expect(dry.findings).toMatchObject([
      { code: "RUN_INTERRUPTED", run_id: runId, fix: { possible: false, what: `runledger resume --run ${runId}` } },
      { code: "PROCESSES_LEFT", run_id: runId, message: expect.stringContaining(`${pid}`), fix: { possible: true } },
    ]);
    expect(contentsOf(folder)).toEqual(before);
    expect(lives(pid)).toBe(true);
    const fixed = await runledger(["doctor", "--fix", "--json"], { workspace });
    const report = JSON.parse(fixed.stdout);
    expect(report.findings.filter((each: { fixed?: boolean }) => each.fixed)).toMatchObject([
      { code: "PROCESSES_LEFT" },
    ]);
    expect(lives(pid)).toBe(false);
    expect((await runledger(["doctor"], { workspace })).stdout).toContain(`next: runledger resume --run ${runId}`);
    go();
    expect(await runledger(["resume", runId], { workspace })).toMatchObject({ status: 0 });
    expect((await doctor({ workspace })).findings).toEqual([]);
  });
});
