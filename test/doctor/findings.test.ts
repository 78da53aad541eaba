import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FindingCode } from "../../src/index.ts";
import { removeWorkspaces } from "../run/inspect-given.ts";
import { completedRun, copyIn, interruptedRun, Patient, type Sample } from "./given.ts";

afterAll(removeWorkspaces);

/** late: it had not written the receipt of step two. */
const samples = {} as Record<"completed" | "interrupted" | "late", Sample>;

beforeAll(async () => {
  samples.completed = await completedRun();
  samples.interrupted = interruptedRun(4);
  samples.late = interruptedRun(5);
});

const receipt = (n: number) => `receipts/steps/step-${n}.json`;

interface Fault {
  readonly code: FindingCode;
  readonly of: "completed" | "interrupted" | "late";
  /** Makes the fault; returns the file that the finding names. */
  make(patient: Patient): string;
  /** The back-up has this file as it was, if there was one. */
  readonly kept?: boolean;
  /** So has a file beside it. */
  readonly aside?: boolean;
}

/** Faults that `--fix` mends. */
const mendable: Record<string, Fault> = {
  "bytes behind the last entry": {
    code: "TORN_TAIL",
    of: "interrupted",
    make: (patient) => appended(patient.file("ledger.ndjson"), '{"torn'),
    kept: true,
  },
  "bytes behind the final entry": {
    code: "TORN_TAIL",
    of: "completed",
    make: (patient) => {
      // As the dead process left it: the process of this test, which made the sample, is alive.
      fs.writeFileSync(patient.file("lock"), "");
      return appended(patient.file("ledger.ndjson"), "\0\0\0\0");
    },
    kept: true,
  },
  "a watermark that is gone": {
    code: "WATERMARK_MISSING",
    of: "completed",
    make: (patient) => removed(patient.file("watermark")),
  },
  "a run.json that is no run state": {
    code: "RUN_STATE_DAMAGED",
    of: "completed",
    make: (patient) => written(patient.file("run.json"), "{"),
    kept: true,
    aside: true,
  },
  "a run.json that lacks the end of the run": {
    code: "RUN_STATE_BEHIND",
    of: "completed",
    make: (patient) => removed(patient.file("run.json")),
  },
  "a task.json that was changed, while its task file is as it was": {
    code: "RECORD_DAMAGED",
    of: "interrupted",
    make: (patient) => appended(patient.file("task.json"), " "),
    kept: true,
    aside: true,
  },
  "a manifest that was changed, while the files are as they were": {
    code: "RECORD_DAMAGED",
    of: "completed",
    make: (patient) => written(patient.manifest(), "{}"),
    kept: true,
    aside: true,
  },
  "a manifest that is a directory, while the files are as they were": {
    code: "RECORD_DAMAGED",
    of: "completed",
    make: (patient) => directory(patient.manifest()),
  },
  "a manifest that is gone, while the files are as they were": {
    code: "SNAPSHOT_NOT_FOUND",
    of: "completed",
    make: (patient) => removed(patient.manifest()),
  },
  "a receipt that is gone": {
    code: "RECEIPT_MISSING",
    of: "completed",
    make: (patient) => removed(patient.file(receipt(2))),
  },
  "receipts that a killed process had not written": {
    code: "RECEIPTS_BEHIND",
    of: "late",
    make: (patient) => patient.file("receipts"),
  },
  "a receipt that disagrees with the ledger": {
    code: "RECEIPT_DIFFERS",
    of: "completed",
    make: (patient) => {
      patient.edit(patient.file(receipt(1)), (text) => text.replace('"attempt": 1', '"attempt": 2'));
      return patient.file(receipt(1));
    },
    kept: true,
    aside: true,
  },
  "a receipt of nothing": {
    code: "RECEIPT_EXTRA",
    of: "completed",
    make: (patient) => written(patient.file(receipt(9)), "{}"),
    kept: true,
    aside: true,
  },
  "a temporary of the run": {
    code: "TEMPORARY_LEFT",
    of: "interrupted",
    make: (patient) => written(patient.file(`.run.json.${patient.runId}.0123abcd.tmp`), "half"),
    kept: true,
  },
  "a temporary of the run among the objects": {
    code: "TEMPORARY_LEFT",
    of: "interrupted",
    make: (patient) =>
      written(path.join(patient.store, "objects/sha256", `.object.${patient.runId}.0123abcd.tmp`), "half"),
    kept: true,
  },
  "a temporary of the store": {
    code: "TEMPORARY_LEFT",
    of: "completed",
    make: (patient) => old(written(path.join(patient.store, "..gitignore.store.0123abcd.tmp"), "*")),
    kept: true,
  },
  "a temporary of a run that is not there": {
    code: "TEMPORARY_LEFT",
    of: "completed",
    make: (patient) =>
      old(written(path.join(patient.store, "snapshots/.x.run-20200101-000000-00000000.0123abcd.tmp"), "half")),
    kept: true,
  },
  "a folder whose start died before its first entry": {
    code: "RUN_UNBORN",
    of: "completed",
    make: (patient) => {
      const folder = path.join(patient.store, "runs/run-20200101-000000-00000000");
      fs.mkdirSync(folder, { mode: 0o700 });
      written(path.join(folder, "task.json"), "{}");
      return folder;
    },
  },
  "an object that no ledger names": {
    code: "OBJECTS_UNREFERENCED",
    of: "completed",
    make: (patient) => {
      const folder = path.join(patient.store, "objects/sha256/ab");
      fs.mkdirSync(folder, { mode: 0o700 });
      written(path.join(folder, "c".repeat(62)), "nobody's");
      return path.join(patient.store, "objects/sha256");
    },
  },
  "events that a full disk did not take": {
    code: "EVENTS_KEPT",
    of: "interrupted",
    make: (patient) => written(patient.file("ledger.failed.ndjson"), eventsOfStepTwo(patient)),
    kept: true,
  },
  "a recovery file that is none": {
    code: "EVENTS_DAMAGED",
    of: "interrupted",
    make: (patient) => written(patient.file("ledger.failed.ndjson"), "{}\n"),
    kept: true,
    aside: true,
  },
  "a file of the run that others may read": {
    code: "PERMISSIONS_WIDE",
    of: "interrupted",
    make: (patient) => opened(patient.file("run.json"), 0o644),
  },
  "a directory of the store that others may read": {
    code: "PERMISSIONS_WIDE",
    of: "completed",
    make: (patient) => opened(path.join(patient.store, "snapshots"), 0o755),
  },
};

/** Faults that nothing here can mend: what would be needed is not here, or is the work of a person. */
const refused: Record<string, Fault & { readonly resume?: number; readonly says?: RegExp }> = {
  "a byte of an acknowledged entry that was changed": {
    code: "LEDGER_DAMAGED",
    of: "interrupted",
    make: (patient) => {
      patient.edit(patient.file("ledger.ndjson"), (text) => text.replace("run.started", "run.startet"));
      return patient.file("ledger.ndjson");
    },
    resume: 65,
    says: /Restore the run's folder from a backup, or start the task anew/,
  },
  "acknowledged entries that are gone": {
    code: "LEDGER_DAMAGED",
    of: "completed",
    make: (patient) => {
      patient.edit(patient.file("ledger.ndjson"), (text) => `${text.split("\n").slice(0, 4).join("\n")}\n`);
      return patient.file("ledger.ndjson");
    },
    resume: 65,
  },
  "a watermark that is none": {
    code: "LEDGER_DAMAGED",
    of: "completed",
    make: (patient) => written(patient.file("watermark"), "x".repeat(1024)),
    resume: 65,
  },
  "a run.json of entries that the ledger does not have": {
    code: "HEAD_MISMATCH",
    of: "interrupted",
    make: (patient) => {
      patient.edit(patient.file("run.json"), (text) =>
        text.replace(/"seq": \d+,\n {4}"hash"/, '"seq": 99,\n    "hash"'),
      );
      patient.edit(patient.file("run.json"), (text) => text.replace(/"hash": "[0-9a-f]{4}/, '"hash": "0000'));
      return patient.file("run.json");
    },
    resume: 0,
  },
  "a run.json of a newer version": {
    code: "FORMAT_NEWER",
    of: "completed",
    make: (patient) => written(patient.file("run.json"), '{"version":2}'),
    resume: 0,
  },
  "a task.json of a newer version": {
    code: "FORMAT_NEWER",
    of: "interrupted",
    make: (patient) => written(patient.file("task.json"), '{"version":2}'),
    resume: 65,
  },
  "a manifest of a newer version": {
    code: "FORMAT_NEWER",
    of: "interrupted",
    make: (patient) => written(patient.manifest(), '{"version":2}'),
    resume: 78,
  },
  "a receipt of a newer version": {
    code: "FORMAT_NEWER",
    of: "completed",
    make: (patient) => written(patient.file(receipt(1)), '{"version":2}'),
    resume: 0,
  },
  "a recovery file of another history": {
    code: "EVENTS_FOREIGN",
    of: "interrupted",
    make: (patient) =>
      written(patient.file("ledger.failed.ndjson"), eventsOfStepTwo(patient).replace(/"hash":"..../, '"hash":"0000')),
    resume: 65,
  },
  "a recovery file of a newer version": {
    code: "FORMAT_NEWER",
    of: "interrupted",
    make: (patient) =>
      written(patient.file("ledger.failed.ndjson"), eventsOfStepTwo(patient).replace('"version":1', '"version":2')),
    resume: 78,
  },
  "an object that is gone": {
    code: "OBJECT_NOT_FOUND",
    of: "completed",
    make: (patient) => removed(patient.object()),
    resume: 0,
  },
  "an object that was changed": {
    code: "OBJECT_DAMAGED",
    of: "completed",
    make: (patient) => appended(patient.object(), "more"),
    resume: 0,
  },
  "a file that is a directory": {
    code: "READ_FAILED",
    of: "interrupted",
    make: (patient) => directory(patient.file("watermark")),
    resume: 74,
  },
  "a lock that is a directory": {
    code: "KIND_WRONG",
    of: "interrupted",
    make: (patient) => directory(patient.file("lock")),
    resume: 73,
    says: /Move it away/,
  },
  "a start lock that is a directory": {
    code: "KIND_WRONG",
    of: "interrupted",
    make: (patient) => directory(path.join(patient.store, "start.lock")),
    resume: 0,
  },
  "a file in the place of the objects": {
    code: "KIND_WRONG",
    of: "interrupted",
    make: (patient) => {
      const objects = path.join(patient.store, "objects");
      fs.rmSync(objects, { recursive: true, force: true });
      return written(objects, "");
    },
    resume: 73,
  },
};

describe("doctor finds and mends", () => {
  it.each(Object.entries(mendable))("%s", async (_, { code, of, make, kept = false, aside = false }) => {
    const patient = new Patient(samples[of]);
    const usual = (await patient.codes()).filter((each) => each !== code);
    expect(usual).toEqual(of === "completed" ? [] : ["RUN_INTERRUPTED"]);
    const file = make(patient);
    const spoilt = kept ? fs.readFileSync(file, "utf8") : "";

    const found = (await patient.examined()).find((each) => each.code === code);
    expect(found).toMatchObject({ code, file, fix: { possible: true, what: expect.stringMatching(/^--fix /) } });
    const report = await patient.fixed();
    expect(report.findings.find((each) => each.code === code)).toMatchObject({ file, fixed: true });
    expect(report.ok).toBe(true);
    if (kept) expect(copyIn(report, file)).toBe(spoilt);
    if (aside) expect(setAside(file)).toEqual([spoilt]);

    const left = (await patient.codes()).filter((each) => each !== "FILE_SET_ASIDE");
    expect(left).toEqual(usual);
    expect(await patient.resumed()).toMatchObject({ status: 0 });
    expect(await patient.command("verify", "--artifacts")).toMatchObject({ status: 0 });
  });
});

describe("doctor finds, says what can be done, and leaves alone", () => {
  it.each(Object.entries(refused))("%s", async (_, { code, of, make, resume, says = /\w/ }) => {
    const patient = new Patient(samples[of]);
    // What could be mended is not, for that would change the evidence.
    if (of === "interrupted") fs.appendFileSync(patient.file("ledger.ndjson"), "torn");
    const file = make(patient);
    const ledger = patient.read("ledger.ndjson");
    const contents = fs.statSync(file, { throwIfNoEntry: false })?.isFile() ? fs.readFileSync(file, "utf8") : undefined;

    const found = (await patient.examined()).find((each) => each.code === code);
    expect(found).toMatchObject({
      severity: "error",
      file,
      fix: { possible: false, what: expect.stringMatching(says) },
    });
    const report = await patient.fixed();
    expect(report.findings.find((each) => each.code === code)).toMatchObject({ file, fix: { possible: false } });
    expect(report).toMatchObject({ ok: false });
    if (contents !== undefined) expect(fs.readFileSync(file, "utf8")).toBe(contents);
    expect(patient.read("ledger.ndjson")).toBe(ledger);

    const ended = await patient.command("doctor", "--fix");
    expect(ended).toMatchObject({ status: 1, stderr: "" });
    expect(ended.stdout).toContain(`next: ${found?.fix.what}`);
    expect(await patient.resumed()).toMatchObject({ status: resume });
  });

  it("names line and byte of damage", async () => {
    const patient = new Patient(samples.completed);
    const [first = ""] = patient.read("ledger.ndjson").split("\n");
    patient.edit(patient.file("ledger.ndjson"), (text) => text.replace('"seq":2', '"seq":7'));
    const [found] = await patient.examined();
    expect(found).toMatchObject({ code: "LEDGER_DAMAGED", line: 2, byte: first.length + 1 });
  });
});

/** A recovery file with the end of step two, whose command is the last entry of the interrupted run. */
function eventsOfStepTwo(patient: Patient): string {
  const command = JSON.parse(patient.read("ledger.ndjson").split("\n").at(-2) ?? "");
  const { seq, hash, correlation_id, task_id, step, at } = command;
  fs.writeFileSync(path.join(patient.workspace, "two.txt"), "2\n");
  const header = {
    after: { hash, seq },
    at,
    entries: 1,
    error: { attempts: 1, code: "ENOSPC", message: "no space" },
    run_id: patient.runId,
    version: 1,
  };
  const event = {
    kind: "event",
    message_id: command.message_id.replace(/^......../, "01900000"),
    correlation_id,
    task_id,
    from: { agent_type: "exec" },
    event: "exec.completed",
    status: "completed",
    payload: { result: { exit_code: 0, signal: null, stderr: "", stdout: "" } },
    step,
    attempt: 1,
    occurred_at: at,
  };
  return `${JSON.stringify(header)}\n${JSON.stringify(event)}\n`;
}

/** What the files hold that were set aside for `file`. */
function setAside(file: string): string[] {
  const folder = path.dirname(file);
  const names = fs.readdirSync(folder).filter((name) => name.startsWith(`${path.basename(file)}.corrupt-`));
  return names.map((name) => fs.readFileSync(path.join(folder, name), "utf8"));
}

function appended(file: string, text: string): string {
  fs.appendFileSync(file, text);
  return file;
}

function written(file: string, text: string): string {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  fs.writeFileSync(file, text, { mode: 0o600 });
  return file;
}

function removed(file: string): string {
  fs.rmSync(file);
  return file;
}

function directory(file: string): string {
  fs.rmSync(file);
  fs.mkdirSync(file, { mode: 0o700 });
  return file;
}

function opened(file: string, mode: number): string {
  fs.chmodSync(file, mode);
  return file;
}

/** Nobody is writing it at this moment. */
function old(file: string): string {
  fs.utimesSync(file, 0, 0);
  return file;
}
