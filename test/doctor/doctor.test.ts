import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defineTask, doctor, type Finding, loadTask, run, type World } from "../../src/index.ts";
import { systemWorld } from "../../src/run/place/world.ts";
import { runledger, workspaceWith } from "../cli/given.ts";
import { contentsOf, removeWorkspaces } from "../run/inspect-given.ts";
import { completedRun, copyIn, interruptedRun, Patient, type Sample } from "./given.ts";

afterAll(removeWorkspaces);

let completed: Sample;
let interrupted: Sample;

beforeAll(async () => {
  completed = await completedRun();
  interrupted = interruptedRun(4);
});

const codesOf = (findings: readonly Finding[]) => findings.map(({ code }) => code);

/** This machine with another disk. */
const worldWith = (disk: Partial<World["disk"]>): World => ({ ...systemWorld, disk: { ...systemWorld.disk, ...disk } });

describe("runledger doctor", () => {
  it("says that nothing is wrong, of a store without runs, too", async () => {
    const workspace = workspaceWith();
    fs.mkdirSync(path.join(workspace, ".runledger"), { mode: 0o700 });
    for (const words of [["doctor"], ["doctor", "--fix"]]) {
      const { status, stdout, stderr } = await runledger(words, { workspace });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toContain("0 runs");
    }
    const { status, stdout } = await new Patient(completed).command("doctor");
    expect({ status, lastLine: stdout.trimEnd().split("\n").at(-1) }).toMatchObject({
      status: 0,
      lastLine: expect.stringContaining("1 run in "),
    });
  });

  it("refuses a store and a run that are not there, and creates neither", async () => {
    const workspace = workspaceWith();
    for (const words of [["doctor"], ["doctor", "--fix"], ["doctor", "--run", "run-20200101-000000-00000000"]]) {
      expect(await runledger(words, { workspace })).toMatchObject({
        status: 66,
        stderr: expect.stringContaining("FILE_NOT_FOUND"),
      });
    }
    expect(fs.readdirSync(workspace)).toEqual(["tasks"]);
    const patient = new Patient(completed);
    expect(await patient.command("doctor", "--fix", "--run", "run-20200101-000000-00000000")).toMatchObject({
      status: 66,
      stderr: expect.stringContaining("RUN_NOT_FOUND"),
    });
  });

  it("prints one document with --json, and ends with 1 while errors remain", async () => {
    const patient = new Patient(completed);
    fs.rmSync(patient.file("receipts/steps/step-1.json"));
    const dry = await patient.command("doctor", "--json");
    expect(dry).toMatchObject({ status: 1, stderr: "" });
    expect(JSON.parse(dry.stdout)).toMatchObject({
      version: 1,
      store: patient.store,
      fix: false,
      ok: false,
      runs: 1,
      findings: [{ code: "RECEIPT_MISSING", severity: "error", run_id: patient.runId, fix: { possible: true } }],
    });
    const fixed = await patient.command("doctor", "--fix", "--json");
    expect(fixed).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(fixed.stdout)).toMatchObject({
      fix: true,
      ok: true,
      backup: expect.stringMatching(/\/backups\/\d{8}-\d{6}-[0-9a-f]{8}$/),
      findings: [{ code: "RECEIPT_MISSING", fixed: true }],
    });
  });

  it("shows what it found as a table, and ends with the one thing to type next", async () => {
    const patient = new Patient(interrupted);
    fs.appendFileSync(patient.file("ledger.ndjson"), "torn");
    const { stdout } = await patient.command("doctor");
    expect(stdout).toMatch(
      new RegExp(`warning +TORN_TAIL +${patient.runId} +ledger.ndjson\n +4 bytes behind .*\n +--fix `),
    );
    const place = `--workspace ${patient.workspace} --store ${patient.store}`;
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(`next: runledger doctor --fix ${place}`);
    const { stdout: after } = await patient.command("doctor", "--fix");
    expect(after.trimEnd().split("\n").at(-1)).toBe(`next: runledger resume --run ${patient.runId} ${place}`);
  });
});

describe("doctor --fix", () => {
  it("keeps ten back-ups, for its user alone", async () => {
    const patient = new Patient(completed);
    const backups = path.join(patient.store, "backups");
    const names = Array.from({ length: 12 }, (_, day) => `202001${String(day + 10)}-000000-0123abcd`);
    for (const name of names) fs.mkdirSync(path.join(backups, name, "runs"), { recursive: true, mode: 0o700 });
    fs.mkdirSync(path.join(backups, "mine"), { mode: 0o700 });
    fs.rmSync(patient.file("run.json"));
    const { backup = "" } = await patient.fixed();
    const left = fs.readdirSync(backups).sort();
    expect(left).toEqual([...names.slice(3), path.basename(backup), "mine"].sort());
    expect(fs.statSync(path.join(backup, "findings.json")).mode & 0o777).toBe(0o600);
    expect(fs.statSync(backup).mode & 0o777).toBe(0o700);
  });

  it("makes no back-up, and changes nothing, where nothing can be fixed", async () => {
    const patient = new Patient(completed);
    fs.rmSync(patient.object());
    const before = contentsOf(patient.store);
    expect(await patient.fixed()).not.toHaveProperty("backup");
    expect(contentsOf(patient.store)).toEqual(before);
  });

  it("changes nothing if there is no room for the back-up, and still tells what it found", async () => {
    const patient = new Patient(interrupted);
    fs.appendFileSync(patient.file("ledger.ndjson"), "torn");
    const before = contentsOf(path.join(patient.store, "runs"));
    const full = (file: string) => file.includes("/backups/");
    const world = worldWith({
      open: (file, mode) => {
        if (full(file)) throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
        return systemWorld.disk.open(file, mode);
      },
    });
    const { workspace, store } = patient;
    const report = await doctor({ workspace, store, fix: true, world });
    expect(report).toMatchObject({ ok: false, fix: true });
    expect(report).not.toHaveProperty("backup");
    expect(report.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(["FIX_FAILED", "TORN_TAIL"]));
    expect(contentsOf(path.join(patient.store, "runs"))).toEqual(before);
  });

  it("says which fix failed and why, and goes on with the other runs", async () => {
    const workspace = workspaceWith();
    const task = defineTask("count", ({ step }) => step("one", () => 1));
    const { runId: first } = await run(task, { workspace, snapshot: false });
    const { runId: second } = await run(task, { workspace, snapshot: false });
    const file = (runId: string, name: string) => path.join(workspace, ".runledger/runs", runId, name);
    for (const runId of [first, second]) fs.rmSync(file(runId, "run.json"));
    fs.rmSync(file(first, "watermark"));
    fs.mkdirSync(file(first, "watermark"), { mode: 0o700 });
    const { findings, ok } = await doctor({ workspace, fix: true });
    const facts = findings.map(({ code, run_id: runId, fixed }) => [code, runId, fixed]);
    expect(facts).toContainEqual(["FIX_FAILED", first, undefined]);
    expect(facts).toContainEqual(["RUN_STATE_BEHIND", first, false]);
    expect(facts).toContainEqual(["RUN_STATE_BEHIND", second, true]);
    expect(ok).toBe(false);
  });

  it("looks at and touches only the run that --run names", async () => {
    const workspace = workspaceWith();
    const task = defineTask("count", ({ step }) => step("one", () => 1));
    const { runId: first } = await run(task, { workspace, snapshot: false });
    const { runId: second } = await run(task, { workspace, snapshot: false });
    const file = (runId: string) => path.join(workspace, ".runledger/runs", runId, "run.json");
    for (const runId of [first, second]) fs.rmSync(file(runId));
    const report = await doctor({ workspace, runId: second, fix: true });
    expect(report).toMatchObject({ runs: 1, findings: [{ run_id: second, fixed: true }] });
    expect([fs.existsSync(file(first)), fs.existsSync(file(second))]).toEqual([false, true]);
  });

  it("writes the task.json of a function anew from the ledger", async () => {
    const workspace = workspaceWith();
    const task = defineTask("count", ({ step }) => step("one", () => 1));
    const { runId } = await run(task, { workspace, snapshot: false, input: { n: 7 } });
    const file = path.join(workspace, ".runledger/runs", runId, "task.json");
    const before = fs.readFileSync(file, "utf8");
    fs.rmSync(file);
    const { findings } = await doctor({ workspace, fix: true });
    expect(findings).toMatchObject([{ code: "RECORD_DAMAGED", file, fixed: true }]);
    expect(fs.readFileSync(file, "utf8")).toBe(before);
  });

  it("writes the task.json of a task with inputs anew from its file and the inputs of the run", async () => {
    const text = `inputs: { name: { type: string, default: you } }\nsteps:\n  - { id: say, run: [echo, { $input: name }] }\n`;
    const workspace = workspaceWith({ greet: text });
    const { runId } = await run(await loadTask("greet", { workspace }), { workspace, input: { name: "Ann" } });
    const file = path.join(workspace, ".runledger/runs", runId, "task.json");
    const before = fs.readFileSync(file, "utf8");
    fs.rmSync(file);
    const { findings } = await doctor({ workspace, fix: true });
    expect(findings).toMatchObject([{ code: "RECORD_DAMAGED", file, fixed: true }]);
    expect(fs.readFileSync(file, "utf8")).toBe(before);
  });

  it("cuts receipts of functions after the last that agrees with the ledger, and completes them", async () => {
    const workspace = workspaceWith();
    const task = defineTask("count", async ({ step }) => {
      for (const n of [1, 2, 3]) await step("part", { inputs: { n } }, () => n);
    });
    const { runId } = await run(task, { workspace, snapshot: false });
    const file = path.join(workspace, ".runledger/runs", runId, "receipts/count/calls.ndjson");
    const before = fs.readFileSync(file, "utf8");
    const [first = "", , third = ""] = before.split("\n");
    const faults = {
      RECEIPT_DIFFERS: before.replace('"n":2', '"n":7'),
      RECEIPT_MISSING: `${first}\n`,
      RECEIPT_EXTRA: `${before}${third}\n`,
    };
    for (const [code, spoilt] of Object.entries(faults)) {
      fs.writeFileSync(file, spoilt);
      const report = await doctor({ workspace, fix: true });
      expect(report.findings).toMatchObject([{ code, file, line: expect.any(Number), fixed: true }]);
      expect(copyIn(report, file)).toBe(spoilt);
      expect(fs.readFileSync(file, "utf8")).toBe(before);
    }
  });

  it("leaves files alone that somebody keeps in the directory of the store", async () => {
    const patient = new Patient(completed);
    const mine = path.join(patient.store, "mine.txt");
    fs.writeFileSync(mine, "", { mode: 0o644 });
    fs.chmodSync(patient.store, 0o755);
    expect(await patient.codes()).toEqual([]);
    await patient.fixed();
    expect([fs.statSync(mine).mode & 0o777, fs.statSync(patient.store).mode & 0o777]).toEqual([0o644, 0o755]);
  });

  it("leaves objects alone while it cannot be known which are named", async () => {
    const patient = new Patient(completed);
    const folder = path.join(patient.store, "objects/sha256/ab");
    fs.mkdirSync(folder, { mode: 0o700 });
    fs.writeFileSync(path.join(folder, "c".repeat(62)), "", { mode: 0o600 });
    // The process that made the sample lives, but does not work on the run.
    fs.writeFileSync(patient.file("lock"), "");
    expect(await patient.codes()).toEqual(["OBJECTS_UNREFERENCED"]);
    patient.edit(patient.file("ledger.ndjson"), (text) => text.replace("run.started", "run.startet"));
    expect(await patient.codes()).not.toContain("OBJECTS_UNREFERENCED");
  });

  it("gives the lock back with the name of who worked on the run last", async () => {
    const patient = new Patient(interrupted);
    fs.appendFileSync(patient.file("ledger.ndjson"), "torn");
    const before = patient.read("lock");
    expect(codesOf((await patient.fixed()).findings)).toContain("TORN_TAIL");
    expect(patient.read("lock")).toBe(before);
  });
});

describe("what the store stands on", () => {
  const found = async (world: World) => {
    const { workspace, store } = new Patient(completed);
    const { findings } = await doctor({ workspace, store, world });
    return findings.filter(({ code }) => code !== "RUN_INTERRUPTED");
  };

  it.each([
    [0x6969, "NFS"],
    [0xff534d42, "CIFS"],
    [0x65735546, "FUSE"],
    [0x01021994, "tmpfs"],
    [0x794c7630, "overlayfs"],
  ])("is doubtful if the file system is %i, %s", async (type, name) => {
    const findings = await found(worldWith({ fileSystemType: () => type }));
    expect(findings).toMatchObject([
      {
        code: "FILE_SYSTEM_DOUBTFUL",
        severity: "warning",
        message: expect.stringContaining(name),
        fix: { possible: false },
      },
    ]);
  });

  it("cannot be trusted if two handles get one lock, or none can be had", async () => {
    const sound = { fileSystemType: () => 0xef53 };
    const openWith = (tryLock: () => boolean) =>
      worldWith({
        ...sound,
        open: (file, mode) => {
          const opened = systemWorld.disk.open(file, mode);
          opened.tryLock = tryLock;
          return opened;
        },
      });
    expect(await found(worldWith(sound))).toEqual([]);
    expect(await found(openWith(() => true))).toMatchObject([{ code: "LOCK_UNTRUSTED", severity: "error" }]);
    const refusing = openWith(() => {
      throw Object.assign(new Error("ENOLCK"), { code: "ENOLCK" });
    });
    expect(await found(refusing)).toMatchObject([
      { code: "LOCK_UNTRUSTED", message: "kernel locks cannot be had here: the system says ENOLCK" },
    ]);
  });

  it("is refused to runs if the disk is nearly full", async () => {
    const findings = await found(worldWith({ fileSystemType: () => 0xef53, freeBytes: () => 1024 }));
    expect(findings).toMatchObject([{ code: "DISK_FULL", severity: "error", fix: { possible: false } }]);
  });
});

describe("a ledger that this user may not read", () => {
  it("is an error, and is not touched", async () => {
    const patient = new Patient(interrupted);
    const world = worldWith({
      fileSystemType: () => 0xef53,
      open: (file, mode) => {
        if (file !== patient.file("ledger.ndjson")) return systemWorld.disk.open(file, mode);
        throw Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
      },
    });
    const before = contentsOf(patient.file("."));
    const { workspace, store } = patient;
    const { ok, findings } = await doctor({ workspace, store, world, fix: true });
    expect(ok).toBe(false);
    expect(findings).toMatchObject([
      { code: "PERMISSION", file: patient.file("ledger.ndjson"), fix: { possible: false } },
    ]);
    expect(contentsOf(patient.file("."))).toEqual(before);
  });
});

describe("an artifact that was changed since", () => {
  it("is a warning that says what a resume will do about it", async () => {
    const sample = await completedRun();
    fs.writeFileSync(path.join(sample.workspace, "one.txt"), "changed");
    const patient = new Patient(sample);
    const findings = await patient.examined();
    expect(findings).toMatchObject([
      { code: "ARTIFACT_CHANGED", severity: "warning", file: path.join(sample.workspace, "one.txt") },
    ]);
    expect(await patient.command("doctor", "--fix")).toMatchObject({ status: 0 });
    expect(fs.readFileSync(path.join(sample.workspace, "one.txt"), "utf8")).toBe("changed");
  });
});
