import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { sealLine } from "../../src/ledger/line.ts";
import { defineTask } from "../../src/run/function/define-task.ts";
import { systemWorld, type World } from "../../src/run/place/world.ts";
import { resume } from "../../src/run/resume.ts";
import { run } from "../../src/run/run.ts";
import { verifyAll, verifyLedger, verifyRun } from "../../src/run/verify/verify.ts";
import { chain, crashAt, folderOf, readOnlyWorld, removeWorkspaces, runTask, workspaceWith } from "./inspect-given.ts";

afterAll(removeWorkspaces);

const world = readOnlyWorld;

/** A finished run of the chain, copied for each test that spoils something. */
let sample: { workspace: string; runId: string };

beforeAll(async () => {
  const workspace = workspaceWith({ chain });
  const { runId } = await runTask(workspace, "chain");
  sample = { workspace, runId };
});

/** The sample's store beside its workspace, to be spoilt. `file` is relative to the run's folder. */
function copyOfSample() {
  const store = path.join(workspaceWith({}), "store");
  const { workspace, runId } = sample;
  fs.cpSync(path.join(workspace, ".runledger"), store, { recursive: true });
  const file = (name: string) => path.join(store, "runs", runId, name);
  return { options: { workspace, store, runId, world }, store, file };
}

function edit(file: string, change: (text: string) => string): void {
  const before = fs.readFileSync(file, "utf8");
  const after = change(before);
  expect(after).not.toBe(before);
  fs.writeFileSync(file, after);
}

const codes = (report: { faults: readonly { code: string }[] }) => report.faults.map(({ code }) => code);

const calls = defineTask("calls", async ({ step }) => {
  for (const n of [1, 2, 3, 4]) await step("part", { inputs: { n } }, () => n);
});

describe("verifying a run", () => {
  it("finds nothing wrong with a run that completed, and says what was checked", async () => {
    const report = await verifyRun({ ...sample, world });
    expect(report).toMatchObject({
      run_id: sample.runId,
      entries: 8,
      head: { seq: 8 },
      ok: true,
      faults: [],
      notes: [],
      checked: { objects: 1, receipts: 3, artifacts: 2 },
    });
    expect(await verifyAll({ workspace: sample.workspace, world })).toEqual([report]);
  });

  it("finds nothing wrong at any moment of a run that is alive", async () => {
    const workspace = workspaceWith({});
    const seen: unknown[] = [];
    const task = defineTask("looked-at", async ({ runId, step }) => {
      for (const n of [1, 2, 3]) {
        await step("part", { inputs: { n }, effect: n === 2 ? "once" : "idempotent" }, () => n);
        seen.push((await verifyRun({ workspace, runId, world })).faults);
      }
    });
    await run(task, { workspace, snapshot: false });
    expect(seen).toEqual([[], [], []]);
  });

  it("finds nothing wrong after a kill and after the resume that follows", async () => {
    const workspace = workspaceWith({ chain });
    for (const seq of [1, 2, 3, 4, 5]) {
      const runId = crashAt(workspace, "chain", seq);
      fs.appendFileSync(path.join(folderOf(workspace, runId), "ledger.ndjson"), "torn");
      const { ok, notes } = await verifyRun({ workspace, runId, world });
      expect(ok).toBe(true);
      expect(notes[0]).toMatch(/^4 bytes behind the last entry/);
      await resume({ workspace, runId, onInDoubt: "retry", onDrift: "ignore" });
      expect(await verifyRun({ workspace, runId, world, artifacts: true })).toMatchObject({ ok: true, notes: [] });
    }
  });

  it("reports every flipped bit of the ledger", () => {
    const { options, file } = copyOfSample();
    const ledger = file("ledger.ndjson");
    const sound = fs.readFileSync(ledger);
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.nat(7), (at, bit) => {
        const spoilt = Buffer.from(sound);
        spoilt[at] = (spoilt[at] ?? 0) ^ (1 << bit);
        fs.writeFileSync(ledger, spoilt);
        const line = sound.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
        const report = verifyLedger(options);
        expect(report).toMatchObject({ ok: false, entries: line - 1 });
        expect(report.faults).toMatchObject([{ code: "LEDGER_DAMAGED", file: ledger, line }]);
      }),
      { numRuns: 150 },
    );
  });

  it("reports what was acknowledged and is cut off, with its place", async () => {
    const { options, file } = copyOfSample();
    edit(file("ledger.ndjson"), (text) => `${text.split("\n").slice(0, 6).join("\n")}\n`);
    const { entries, faults } = await verifyRun(options);
    expect(entries).toBe(6);
    expect(faults[0]).toMatchObject({ code: "LEDGER_DAMAGED", line: 7, byte: fs.statSync(file("ledger.ndjson")).size });
    expect(faults[0]?.message).toMatch(/entries up to 8 were acknowledged, only 6 are there$/);
  });

  it("reports a missing ledger, a missing entry 1 and a spoilt watermark, and checks on", async () => {
    const missing = copyOfSample();
    fs.rmSync(missing.file("ledger.ndjson"));
    expect(await verifyRun(missing.options)).toMatchObject({
      ok: false,
      entries: 0,
      faults: [{ code: "READ_FAILED" }],
    });

    const headless = copyOfSample();
    edit(headless.file("ledger.ndjson"), (text) => text.slice(10));
    expect(await verifyRun(headless.options)).toMatchObject({ faults: [{ code: "LEDGER_DAMAGED", line: 1, byte: 0 }] });

    const spoilt = copyOfSample();
    fs.writeFileSync(spoilt.file("watermark"), "x".repeat(1024));
    expect(await verifyRun(spoilt.options)).toMatchObject({
      entries: 8,
      faults: [{ code: "LEDGER_DAMAGED", file: spoilt.file("watermark") }],
    });
  });

  it("reports an entry that has its place in the chain and no meaning, instead of failing", async () => {
    const { options, file } = copyOfSample();
    const last = JSON.parse(fs.readFileSync(file("ledger.ndjson"), "utf8").trimEnd().split("\n").at(-1) ?? "");
    const hostile = { kind: "command", idempotency_key: "ik:x", correlation_id: "c", step: "s" };
    const { bytes } = sealLine(hostile as never, { seq: 9, at: last.at, durable: 8 }, last);
    fs.appendFileSync(file("ledger.ndjson"), bytes);
    expect(await verifyRun(options)).toMatchObject({
      ok: false,
      entries: 8,
      faults: [{ code: "LEDGER_DAMAGED", line: 9, message: expect.stringMatching(/^the entry has no meaning/) }],
    });
  });

  it("reports a task.json, a manifest and an object that are not as they were written, or gone", async () => {
    const { options, store, file } = copyOfSample();
    const manifest = path.join(store, "snapshots", fs.readdirSync(path.join(store, "snapshots"))[0] ?? "");
    const objects = path.join(store, "objects");
    const object = fs
      .readdirSync(objects, { recursive: true, encoding: "utf8" })
      .map((name) => path.join(objects, name))
      .find((name) => fs.statSync(name).isFile()) as string;
    edit(file("task.json"), (text) => text.replace("words", "wards"));
    edit(manifest, (text) => text.replace('"size": ', '"size": 1'));
    edit(object, (text) => text.replace("4999", "6666"));
    expect((await verifyRun(options)).faults).toMatchObject([
      { code: "OBJECT_DAMAGED", file: object },
      { code: "RECORD_DAMAGED", file: file("task.json") },
      { code: "RECORD_DAMAGED", file: manifest },
    ]);
    for (const each of [file("task.json"), manifest, object]) fs.rmSync(each);
    expect(codes(await verifyRun(options))).toEqual(["OBJECT_NOT_FOUND", "RECORD_DAMAGED", "SNAPSHOT_NOT_FOUND"]);
  });

  it("reports each receipt that was changed, is gone or belongs to nothing", async () => {
    const { options, file } = copyOfSample();
    const receipt = (n: number) => file(`receipts/chain/step-${n}.json`);
    edit(receipt(1), (text) => text.replace('"attempt": 1', '"attempt": 2'));
    fs.rmSync(receipt(3));
    fs.copyFileSync(receipt(2), receipt(4));
    fs.copyFileSync(receipt(2), file("receipts/chain/step-02.json"));
    const faults = (await verifyRun(options)).faults.map(({ code, file: name }) => [code, path.basename(name)]);
    expect(faults.sort()).toEqual([
      ["RECEIPT_DIFFERS", "step-1.json"],
      ["RECEIPT_EXTRA", "step-02.json"],
      ["RECEIPT_EXTRA", "step-4.json"],
      ["RECEIPT_MISSING", "step-3.json"],
    ]);
  });

  it("takes a run.json that is not as it was written for what it is, a copy", async () => {
    const { options, file } = copyOfSample();
    fs.writeFileSync(file("run.json"), "{");
    expect(await verifyRun(options)).toMatchObject({
      ok: true,
      notes: [expect.stringMatching(/^run\.json is not as/)],
    });
    fs.writeFileSync(file("run.json"), '{"version":2}');
    expect(await verifyRun(options)).toMatchObject({
      ok: true,
      notes: [expect.stringMatching(/^run\.json is of version 2/)],
    });
  });

  it("notes what became of artifacts since, and reports it where they are asked for", async () => {
    const workspace = workspaceWith({ chain });
    const { runId } = await runTask(workspace, "chain");
    fs.appendFileSync(path.join(workspace, "words.txt"), " three");
    fs.rmSync(path.join(workspace, "count.txt"));
    const options = { workspace, runId, world };
    const noted = await verifyRun(options);
    expect(noted).toMatchObject({ ok: true, faults: [] });
    expect(noted.notes).toHaveLength(2);
    const found = await verifyRun({ ...options, artifacts: true });
    expect(found).toMatchObject({ ok: false, notes: [] });
    expect(found.faults).toMatchObject([
      { code: "ARTIFACT_CHANGED", file: path.join(workspace, "words.txt") },
      { code: "ARTIFACT_CHANGED", file: path.join(workspace, "count.txt"), message: "the artifact is gone" },
    ]);
  });

  it("shows the other runs where one is beyond reading", async () => {
    const { options, store } = copyOfSample();
    const damaged = "run-20200101-000000-00000000";
    fs.mkdirSync(path.join(store, "runs", damaged, "ledger.ndjson"), { recursive: true });
    fs.mkdirSync(path.join(store, "runs", "run-20200101-000000-11111111"));
    const reports = await verifyAll({ workspace: options.workspace, store, world });
    expect(reports.map(({ run_id: id, ok }) => [id, ok])).toEqual([
      [damaged, false],
      [options.runId, true],
    ]);
  });
});

describe("verifying packed receipts", () => {
  let workspace: string;
  let runId: string;
  let packed: string;
  let sound: string;

  beforeAll(async () => {
    workspace = workspaceWith({});
    ({ runId } = await run(calls, { workspace, snapshot: false }));
    packed = path.join(folderOf(workspace, runId), "receipts/calls/calls.ndjson");
    sound = fs.readFileSync(packed, "utf8");
  });

  const verified = (text: string) => {
    fs.writeFileSync(packed, text);
    return verifyRun({ workspace, runId, world });
  };

  it("finds the first line that is not the one of the ledger, and its place", async () => {
    const lines = sound.split("\n");
    expect((await verified(sound)).faults).toEqual([]);
    expect((await verified(sound.replace('"n":3', '"n":7'))).faults).toMatchObject([
      { code: "RECEIPT_DIFFERS", file: packed, line: 3, byte: Buffer.byteLength(`${lines[0]}\n${lines[1]}\n`) },
    ]);
    expect((await verified(lines.toSpliced(1, 1).join("\n"))).faults).toMatchObject([
      { code: "RECEIPT_DIFFERS", line: 2 },
    ]);
  });

  it("finds lines that are missing, torn, or too many, in a run that has ended", async () => {
    const lines = sound.split("\n");
    expect((await verified(`${lines.slice(0, 2).join("\n")}\n`)).faults).toMatchObject([
      { code: "RECEIPT_MISSING", line: 3, message: expect.stringMatching(/^receipts missing from here on: 2,/) },
    ]);
    expect((await verified(sound.slice(0, -5))).faults).toMatchObject([{ code: "RECEIPT_DIFFERS", line: 4 }]);
    expect((await verified(`${sound}${lines[3]}\n`)).faults).toMatchObject([{ code: "RECEIPT_EXTRA", line: 5 }]);
    fs.rmSync(packed);
    expect(codes(await verifyRun({ workspace, runId, world }))).toEqual(["RECEIPT_MISSING"]);
  });

  it("only notes what a power cut may do to the file of a run that has not ended", async () => {
    const ledger = path.join(folderOf(workspace, runId), "ledger.ndjson");
    const whole = fs.readFileSync(ledger, "utf8");
    const unfinished = whole.split("\n").slice(0, 5).join("\n");
    fs.writeFileSync(ledger, `${unfinished}\n`);
    fs.rmSync(path.join(folderOf(workspace, runId), "watermark"));
    const [first = ""] = sound.split("\n");
    const ofAnother = first.replace(runId, "run-20260101-000000-00000000");
    const tails = ["", `${"\0".repeat(80)}\n`, '{"torn', `${ofAnother}\n`, `${JSON.stringify({ seq: 1 })}\n`, "null\n"];
    for (const left of ["", first.slice(0, 50), ...tails.map((tail) => `${first}\n${tail}`)]) {
      expect(await verified(left)).toMatchObject({ ok: true, faults: [] });
      expect((await verified(left)).notes.join("\n")).toMatch(/the next resume (adds them|completes it)/);
    }
    expect(codes(await verified(sound.replace('"n":2', '"n":9')))).toEqual(["RECEIPT_DIFFERS"]);
    expect((await verified(sound)).faults).toEqual([]);
  });
});

describe("the memory of a verification", () => {
  it("does not grow with what steps printed", async () => {
    const workspace = workspaceWith({
      loud: `
version: 1
id: loud
steps:
  - { id: print, run: "head -c 67108864 /dev/zero" }
`,
    });
    const { runId } = await runTask(workspace, "loud");
    let largestRead = 0;
    const disk = {
      ...nodeDisk,
      readFile: (file: string) => {
        const bytes = nodeDisk.readFile(file);
        largestRead = Math.max(largestRead, bytes.length);
        return bytes;
      },
      open: (...opened: Parameters<typeof nodeDisk.open>) => {
        const file = nodeDisk.open(...opened);
        const read = file.read.bind(file);
        file.read = (target, position) => {
          largestRead = Math.max(largestRead, target.length);
          return read(target, position);
        };
        return file;
      },
    };
    const counted: World = { ...systemWorld, disk };
    expect(await verifyRun({ workspace, runId, world: counted })).toMatchObject({ ok: true, checked: { objects: 1 } });
    expect(largestRead).toBeLessThanOrEqual(1 << 20);
  });
});
