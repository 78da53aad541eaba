import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DoctorReport } from "../../src/index.ts";
import { contentsOf, removeWorkspaces } from "../run/inspect-given.ts";
import { completedRun, interruptedRun, Patient, type Sample } from "./given.ts";

afterAll(removeWorkspaces);

let completed: Sample;
let interrupted: Sample;
beforeAll(async () => {
  completed = await completedRun();
  interrupted = interruptedRun(4);
});

const moveAway = { fix: { possible: false, what: "Move it away, then type the same again." } };
const moveAwayFirst = {
  fix: { possible: false, what: "Move away first what KIND_WRONG names, then type the same again." },
};

describe("a directory in the place of a lock", () => {
  it("keeps fixes from being tried for which the locks of all runs are needed", async () => {
    const patient = new Patient(completed);
    unreferenced(patient);
    const lock = directoryInsteadOf(patient.file("lock"));
    const report = await patient.fixed();
    expect(found(report, "KIND_WRONG")).toMatchObject([{ file: lock, run_id: patient.runId, ...moveAway }]);
    expect(found(report, "OBJECTS_UNREFERENCED")).toMatchObject([moveAwayFirst]);
    expect(found(report, "FIX_FAILED")).toEqual([]);
    fs.rmdirSync(lock);
    expect(found(await patient.fixed(), "OBJECTS_UNREFERENCED")).toMatchObject([{ fixed: true }]);
  });

  it("keeps no other run from being mended", async () => {
    const patient = new Patient(interrupted);
    const other = path.join(patient.store, "runs", "run-20260101-000000-0a1b2c3d");
    fs.cpSync(path.dirname(patient.file("lock")), other, { recursive: true });
    directoryInsteadOf(path.join(other, "lock"));
    fs.appendFileSync(patient.file("ledger.ndjson"), "torn");
    const report = await patient.fixed();
    expect(found(report, "TORN_TAIL")).toMatchObject([{ run_id: patient.runId, fixed: true }]);
    expect(found(report, "FIX_FAILED")).toEqual([]);
  });

  it("is reported also where no run was ever begun, and hinders no start", async () => {
    const patient = new Patient(completed);
    unreferenced(patient);
    const runId = "run-20260101-000000-0a1b2c3d";
    const lock = path.join(patient.store, "runs", runId, "lock");
    fs.mkdirSync(lock, { recursive: true, mode: 0o700 });
    const report = await patient.fixed();
    expect(found(report, "KIND_WRONG")).toMatchObject([{ file: lock, run_id: runId, ...moveAway }]);
    expect(found(report, "FIX_FAILED")).toEqual([]);
    expect(await patient.command("run", "steps", "--no-resume")).toMatchObject({ status: 0 });
  });
});

describe("a file in the place of the objects", () => {
  it("is named to who asks about one run, and keeps that from being mended", async () => {
    const patient = new Patient(interrupted);
    fs.appendFileSync(patient.file("ledger.ndjson"), "torn");
    const objects = fileInsteadOf(path.join(patient.store, "objects"));
    const before = contentsOf(patient.store);
    const ended = await patient.command("doctor", "--run", patient.runId, "--fix", "--json");
    expect(ended).toMatchObject({ status: 1, stderr: "" });
    const report: DoctorReport = JSON.parse(ended.stdout);
    expect(found(report, "KIND_WRONG")).toMatchObject([{ file: objects, ...moveAway }]);
    expect(found(report, "TORN_TAIL")).toMatchObject([moveAwayFirst]);
    expect(contentsOf(patient.store)).toEqual(before);
  });
});

describe("a file in the place of the runs", () => {
  it.each([[[]], [["--fix"]], [["--run", "run-20260101-000000-0a1b2c3d"]]])(
    "is what doctor %j names",
    async (words) => {
      const patient = new Patient(completed);
      const runs = fileInsteadOf(path.join(patient.store, "runs"));
      const before = contentsOf(patient.store);
      const ended = await patient.command("doctor", ...words, "--json");
      expect(ended).toMatchObject({ status: 1, stderr: "" });
      const { findings, runs: examined } = JSON.parse(ended.stdout);
      expect(findings).toMatchObject([{ code: "KIND_WRONG", file: runs, ...moveAway }]);
      expect(examined).toBe(0);
      expect(contentsOf(patient.store)).toEqual(before);
    },
  );

  it.each([
    [["status"]],
    [["status", "run-20260101-000000-0a1b2c3d"]],
    [["show", "run-20260101-000000-0a1b2c3d"]],
    [["logs", "run-20260101-000000-0a1b2c3d"]],
    [["verify"]],
  ])("is what %j refuses with", async (words) => {
    const patient = new Patient(completed);
    const runs = fileInsteadOf(path.join(patient.store, "runs"));
    const ended = await patient.command(...words);
    expect(ended).toMatchObject({ status: 66, stdout: "" });
    expect(ended.stderr).toContain(`FILE_NOT_FOUND: there is no store at ${patient.store}: ${runs} is no directory`);
  });
});

function found({ findings }: DoctorReport, wanted: string) {
  return findings.filter(({ code }) => code === wanted);
}

function unreferenced({ store }: Patient): void {
  const folder = path.join(store, "objects/sha256/ab");
  fs.mkdirSync(folder, { mode: 0o700 });
  fs.writeFileSync(path.join(folder, "c".repeat(62)), "nobody's", { mode: 0o600 });
}

function directoryInsteadOf(file: string): string {
  fs.rmSync(file);
  fs.mkdirSync(file, { mode: 0o700 });
  return file;
}

function fileInsteadOf(directory: string): string {
  fs.rmSync(directory, { recursive: true, force: true });
  fs.writeFileSync(directory, "", { mode: 0o600 });
  return directory;
}
