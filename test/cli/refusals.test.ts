import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { mixedSteps, oneStep, onlyRun, runledger, startRunledger, workspaceWith } from "./given.ts";

let workspace: string;
let id: string;
beforeAll(async () => {
  workspace = workspaceWith({ mixed: mixedSteps, broken: "stepps: []\n" });
  await runledger(["run", "mixed"], { workspace });
  id = onlyRun(workspace);
});

/** Runs the words for people and with `--json`: the sentence on stderr, the same as the only document. */
async function refused(words: string[], where = workspace) {
  const plain = await runledger(words, { workspace: where });
  const json = await runledger([...words, "--json"], { workspace: where });
  const { version, error } = JSON.parse(json.stdout);
  expect({ version, exit: error.exit_status, status: json.status }).toEqual({
    version: 1,
    exit: plain.status,
    status: plain.status,
  });
  expect(plain.stdout).toBe("");
  expect(plain.stderr).toContain(`runledger: ${error.code}: ${error.message.split("\n")[0]}`);
  return { status: plain.status, code: error.code, stderr: plain.stderr };
}

describe("a refusal names its code, its exit status and what to type next", () => {
  it.each([
    [["status", "--run", "run-20261121-070000-0a1b2c3d"], 66, "RUN_NOT_FOUND", "runledger status"],
    [["show", "--run", "../../etc"], 2, "ID_INVALID", "Ids are"],
    [["verify", "--run", "run-x"], 66, "RUN_NOT_FOUND", "runledger status"],
    [["run", "--task", "mixd"], 66, "TASK_NOT_FOUND", "Did you mean mixed?"],
    [["run", "--task", "no/such.yaml"], 66, "TASK_NOT_FOUND", "no/such.yaml"],
    [["validate", "--task", "broken"], 2, "TASK_INVALID", "did you mean `steps`?"],
    [["run", "--task", "mixed"], 1, "RUN_FAILED", "--retry-failed"],
    [["status", "--workspace", "no-such-directory"], 66, "FILE_NOT_FOUND", "--workspace DIR"],
    [["snapshot", "--compare", "snap-000000000000"], 66, "SNAPSHOT_NOT_FOUND", "no snapshot"],
    [["key", "--action", "run.x", "--task", "t", "--snapshot", "snap-1"], 2, "ID_INVALID", "Choose an action"],
  ])("%j", async (words, status, code, hint) => {
    const refusal = await refused(words);
    expect(refusal).toMatchObject({ status, code });
    expect(refusal.stderr).toContain(hint);
  });

  it("for a step that the run does not have, the likely one", async () => {
    const refusal = await refused(["show", "--run", id, "--step", "biuld"]);
    expect(refusal).toMatchObject({ status: 66, code: "STEP_UNKNOWN" });
    expect(refusal.stderr).toContain("Did you mean build?");
  });

  it("for an entry that is not there, those that are", async () => {
    expect(await refused(["replay", "--run", id, "--at", "999"])).toMatchObject({ status: 2, code: "USAGE" });
  });

  it("for a store that is no directory, whatever asks for its runs", async () => {
    const there = ["--store", "tasks/mixed.yaml"];
    for (const words of [["status"], ["status", id], ["show", id], ["logs", id], ["resume", id], ["verify"]]) {
      const refusal = await refused([...words, ...there]);
      expect(refusal, words.join(" ")).toMatchObject({ status: 66, code: "FILE_NOT_FOUND" });
      expect(refusal.stderr).toContain("--store DIR");
    }
    expect(await runledger(["status", "--store", "none"], { workspace })).toMatchObject({ status: 0, stderr: "" });
  });

  it("for a run that another process works on, that process", async () => {
    const slow = workspaceWith({ slow: "steps: [{ id: slow, run: 'sleep 60', effect: pure }]\n" });
    const owner = startRunledger(["run", "slow", "--grace", "0"], { workspace: slow });
    await owner.printed("→ slow");
    const run = onlyRun(slow);
    for (const words of [
      ["resume", run],
      ["abort", run],
      ["run", "slow"],
    ]) {
      const refusal = await refused(words, slow);
      expect(refusal).toMatchObject({ status: 5, code: "RUN_OWNED" });
      expect(refusal.stderr).toContain(`process ${owner.child.pid} on `);
    }
    const seen = JSON.parse((await runledger(["status", run, "--json"], { workspace: slow })).stdout);
    expect(seen).toMatchObject({ alive: true, owner: { pid: owner.child.pid }, state: { status: "running" } });
    owner.child.kill("SIGINT");
    expect((await owner.ended).status).toBe(130);
  });

  it("for drift, the paths; for a damaged ledger, line and byte; verify ends 3", async () => {
    const drifted = workspaceWith({ mixed: mixedSteps });
    await runledger(["run", "mixed"], { workspace: drifted });
    const run = onlyRun(drifted);
    writeFileSync(path.join(drifted, "dist/out.txt"), "edited");
    const drift = await refused(["resume", run, "--retry-failed"], drifted);
    expect(drift).toMatchObject({ status: 4, code: "DRIFT" });
    expect(drift.stderr).toContain("dist/out.txt: artifact changed");

    const ledger = path.join(drifted, ".runledger/runs", run, "ledger.ndjson");
    const bytes = readFileSync(ledger);
    const inLineTwo = bytes.indexOf("\n") + 20;
    bytes.writeUInt8(bytes.readUInt8(inLineTwo) ^ 1, inLineTwo);
    writeFileSync(ledger, bytes);
    const damage = await refused(["resume", run], drifted);
    expect(damage).toMatchObject({ status: 65, code: "LEDGER_DAMAGED" });
    expect(damage.stderr).toMatch(/line 2, byte \d+/);
    const verified = await runledger(["verify"], { workspace: drifted });
    expect(verified.status).toBe(3);
    expect(verified.stdout).toMatch(/✗ run-.*\n {2}LEDGER_DAMAGED .*line 2, byte \d+/);
  });

  it("for completed and aborted runs, that they are", async () => {
    const one = workspaceWith({ one: oneStep, mixed: mixedSteps });
    await runledger(["run", "one"], { workspace: one });
    expect(await refused(["abort", onlyRun(one)], one)).toMatchObject({ status: 2, code: "RUN_COMPLETED" });
    const failed = JSON.parse((await runledger(["run", "mixed", "--json"], { workspace: one })).stdout).run_id;
    const aborted = await runledger(["abort", failed, "--note", "not wanted"], { workspace: one });
    expect(aborted).toMatchObject({ status: 0, stdout: `${failed} is aborted; steps done: 1/3, 1 failed\n` });
    expect(await refused(["resume", failed], one)).toMatchObject({ status: 1, code: "RUN_ABORTED" });
  });
});

describe("logs and transcript of a run of which an object is gone", () => {
  const steps = `
steps:
  - { id: first, run: "echo before", effect: pure }
  - { id: much, run: "seq 1 9000", needs: [first], effect: pure }
  - { id: last, run: "printf behind", needs: [much], effect: pure }
`;

  it.each(["logs", "transcript"])("%s prints what is there, and then what is not", async (command) => {
    const bereft = workspaceWith({ steps });
    await runledger(["run", "steps"], { workspace: bereft });
    rmSync(path.join(bereft, ".runledger/objects"), { recursive: true });
    const run = onlyRun(bereft);
    const plain = await runledger([command, run], { workspace: bereft });
    expect(plain.status).toBe(66);
    expect(plain.stdout).toMatch(/before\n.*behind/s);
    expect(plain.stdout).not.toContain("runledger:");
    expect(plain.stderr).toMatch(
      /^runledger: OBJECT_NOT_FOUND: much stdout: the object sha256:.* is not in the store\n/,
    );
    expect(plain.stderr).toContain(`runledger verify --run ${run}`);
    const json = await runledger([command, run, "--json"], { workspace: bereft });
    expect(json.status).toBe(66);
    const { error, ...document } = JSON.parse(json.stdout);
    expect(error).toMatchObject({ code: "OBJECT_NOT_FOUND", exit_status: 66 });
    expect(JSON.stringify(document)).toMatch(/"before\\n".*"behind"/);
  });
});
