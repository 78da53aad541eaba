import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { defineTask, run } from "../../src/index.ts";
import { manifestSchema, runStateSchema } from "../../src/schemas.ts";
import { repository } from "../source/source-files.ts";
import { mixedSteps, onlyRun, runledger, workspaceWith } from "./given.ts";

const vectors = JSON.parse(readFileSync(path.join(repository, "test/vectors/vectors.json"), "utf8"));

let workspace: string;
let id: string;
beforeAll(async () => {
  workspace = workspaceWith({ mixed: mixedSteps });
  await runledger(["run", "mixed"], { workspace });
  id = onlyRun(workspace);
});

const plain = async (...words: string[]) => (await runledger(words, { workspace })).stdout;
const document = async (...words: string[]) => JSON.parse(await plain(...words, "--json"));

describe("runledger verify", () => {
  it("finds the golden ledger's head, though nothing else of its run is there", async () => {
    const stranger = workspaceWith({});
    const directory = path.join(stranger, ".runledger/runs", vectors.correlation.run_id);
    mkdirSync(directory, { recursive: true });
    const golden = readFileSync(path.join(repository, "test/vectors", vectors.ledger.file));
    writeFileSync(path.join(directory, "ledger.ndjson"), golden);
    const { stdout, status } = await runledger(["verify", "--json"], { workspace: stranger });
    const [report] = JSON.parse(stdout).runs;
    expect(report).toMatchObject({ entries: vectors.ledger.entries, head: { hash: vectors.ledger.head } });
    expect(report.faults.map((fault: { file: string }) => path.basename(fault.file))).not.toContain("ledger.ndjson");
    expect(status).toBe(3);
  });
});

describe("runledger key", () => {
  it.each(vectors.keys as Record<string, unknown>[])("makes the golden key of $action for $inputs", async (vector) => {
    const words = ["key", "--action", String(vector["action"]), "--task", String(vector["task_id"])];
    words.push("--snapshot", String(vector["snapshot_id"]), "--inputs", JSON.stringify(vector["inputs"]));
    words.push("--outputs", JSON.stringify(vector["expected_outputs"]));
    expect(await plain(...words)).toBe(`${vector["key"]}\n`);
    expect(await document(...words)).toEqual({ version: 1, key: vector["key"] });
  });

  it("makes the recorded key of the parts that show prints", async () => {
    const { step, key_parts: parts } = await document("show", id, "--step", "check");
    const words = ["key", "--action", parts.action, "--task", parts.task_id, "--snapshot", parts.snapshot_id];
    words.push("--inputs", JSON.stringify(parts.inputs), "--outputs", JSON.stringify(parts.expected_outputs));
    expect(await plain(...words)).toBe(`${step.key}\n`);
    const shown = await plain("show", id, "--step", "check");
    expect(shown).toContain(`inputs    ${JSON.stringify(parts.inputs)}\n`);
  });
});

describe("looking at runs", () => {
  it("lists them, and one of them in detail", async () => {
    expect(await plain("status")).toMatch(new RegExp(`${id} +mixed +failed +1/3, 1 failed +\\d`));
    expect(await plain("status", id)).toMatch(/publish +blocked +0 +blocked by check/);
    expect((await document("status")).runs).toMatchObject([{ run_id: id, status: "failed", alive: false }]);
    const { state } = await document("status", id);
    expect(runStateSchema.parse(state).progress).toMatchObject({ total: 3, completed: 1, failed: 1, blocked: 1 });
  });

  it("shows receipts and artifacts with their digests", async () => {
    expect(await plain("show", id)).toMatch(
      /receipt 1 {2}build .*\n {2}dist\/out\.txt {2}sha256:[0-9a-f]{64} {2}4 bytes\n/,
    );
    expect(await plain("show", id, "--step", "build")).toContain(`receipts/mixed/step-1.json\n`);
  });

  it("replays to any entry", async () => {
    const early = runStateSchema.parse(await document("replay", id, "--at", "2"));
    expect({ head: early.head.seq, done: early.progress.completed }).toEqual({ head: 2, done: 0 });
    const last = runStateSchema.parse(await document("replay", id));
    expect(last).toEqual((await document("show", id)).state);
    expect(await plain("replay", id, "--at", "2")).toContain("status      running\n");
  });

  it("verifies them", async () => {
    expect(await plain("verify")).toContain(`✓ ${id}`);
    expect(await document("verify", "--run", id)).toMatchObject({
      version: 1,
      ok: true,
      runs: [{ run_id: id, faults: [] }],
    });
  });

  it("says where it looked when there are none, and refuses to verify a store that is not there", async () => {
    const empty = workspaceWith();
    const store = path.join(empty, ".runledger");
    expect(await plain("status", "--workspace", empty)).toBe(`no runs in ${store}\n`);
    const refused = await runledger(["verify", "--workspace", empty]);
    expect(refused.status).toBe(66);
    expect(refused.stderr).toContain(`FILE_NOT_FOUND: there is no store at ${store}`);
    expect(refused.stderr).toContain("--store DIR / --workspace DIR");
    mkdirSync(store);
    expect(await plain("verify", "--workspace", empty)).toBe(`no runs in ${store}\n`);
    expect(await document("verify", "--workspace", empty)).toEqual({ version: 1, ok: true, runs: [] });
  });

  it("gives a function's step no length of time where its start is not known", async () => {
    const folder = workspaceWith();
    const task = defineTask("quick", ({ step }) => step("only", () => 1));
    const { runId } = await run(task, { workspace: folder });
    const { state } = await document("status", runId, "--workspace", folder);
    expect(state.steps[0].started_at).toBe(state.steps[0].terminal.at);
    expect(await plain("status", runId, "--workspace", folder)).toMatch(/^only +completed +1 +1( +performed)?$/m);
  });
});

describe("looking at the workspace", () => {
  it("takes its snapshot and compares it with that of a run", async () => {
    const manifest = manifestSchema.parse(await document("snapshot"));
    expect(await plain("snapshot")).toContain(`${manifest.snapshot_id}\n`);
    const { state } = await document("show", id);
    writeFileSync(path.join(workspace, "new.txt"), "new");
    const difference = await document("snapshot", "--compare", state.snapshot_id);
    expect(difference).toMatchObject({
      before: state.snapshot_id,
      added: ["dist/out.txt", "new.txt"],
      removed: [],
      changed: [],
    });
    expect(await plain("snapshot", "--compare", state.snapshot_id)).toContain("added    new.txt\n");
  });

  it("checks a task file, and names the steps whose effect nobody has written", async () => {
    const valid = await document("validate", "mixed");
    expect(valid).toMatchObject({
      task_id: "mixed",
      steps: ["build", "check", "publish"],
      unwritten_effects: ["check"],
    });
    expect(await plain("validate", "mixed")).toContain("effect not written, taken as idempotent: check\n");
  });
});
