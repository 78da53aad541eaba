import fs from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import type { DiskFile } from "../../src/durable/disk.ts";
import { doctor, type World } from "../../src/index.ts";
import { systemWorld } from "../../src/run/place/world.ts";
import { counting, nightly } from "../faults/counts.ts";
import { removeWorkspaces } from "../run/inspect-given.ts";
import { completedRun, Patient, type Sample } from "./given.ts";

afterAll(removeWorkspaces);

const counts = counting("a doctor whose disk fails", { "calls from which on it did": 25 });
/** By night each call is one. */
const stride = nightly > 1 ? 1 : 7;

describe("doctor --fix on a disk that fails", () => {
  it("loses nothing from whatever call on, and the next one mends all", { timeout: 300_000 }, async () => {
    const sample = await completedRun();
    for (let n = 1; ; n += stride) {
      const patient = spoilt(sample);
      const { workspace, store } = patient;
      const acknowledged = patient.read("ledger.ndjson").replace(/torn$/, "");
      const failing = failingFrom(n);
      await doctor({ workspace, store, fix: true, world: failing.world }).catch(() => {});
      const { ok } = await doctor({ workspace, store, fix: true, world: failingFrom(Number.POSITIVE_INFINITY).world });
      const left = new Set(await patient.codes());
      expect({ n, ok, left }).toEqual({ n, ok: true, left: new Set(["FILE_SET_ASIDE"]) });
      expect(patient.read("ledger.ndjson").startsWith(acknowledged)).toBe(true);
      if (!failing.hasFailed()) break;
      counts["calls from which on it did"] += 1;
    }
  });
});

function spoilt(sample: Sample): Patient {
  const patient = new Patient(sample);
  fs.appendFileSync(patient.file("ledger.ndjson"), "torn");
  fs.writeFileSync(patient.file("run.json"), "{");
  fs.appendFileSync(patient.file("task.json"), " ");
  fs.rmSync(patient.file("receipts/steps/step-1.json"));
  fs.writeFileSync(patient.file("receipts/steps/step-9.json"), "{}");
  return patient;
}

/** A disk whose n-th change fails, and every later one. Nothing is synced: the machine itself does not fail here. */
function failingFrom(n: number): { world: World; hasFailed(): boolean } {
  let calls = 0;
  const change = () => {
    calls += 1;
    if (calls >= n) throw Object.assign(new Error("EIO: as the test asked"), { code: "EIO" });
  };
  const { disk } = systemWorld;
  const world: World = {
    ...systemWorld,
    disk: {
      ...disk,
      open: (file, mode) => {
        if (!mode.startsWith("read")) change();
        return unsynced(disk.open(file, mode), change);
      },
      makeDirectory: (directory) => {
        change();
        return disk.makeDirectory(directory);
      },
      rename: (from, to) => {
        change();
        disk.rename(from, to);
      },
      unlink: (file) => {
        change();
        disk.unlink(file);
      },
      syncDirectory: change,
    },
  };
  return { world, hasFailed: () => calls >= n };
}

function unsynced(file: DiskFile, change: () => void): DiskFile {
  const { write, truncate } = file;
  return Object.assign(file, {
    write: (...args: Parameters<DiskFile["write"]>) => {
      change();
      write.apply(file, args);
    },
    truncate: (sizeBytes: number) => {
      change();
      truncate.call(file, sizeBytes);
    },
    sync: change,
    datasync: change,
    datasyncInBackground: () => Promise.resolve().then(change),
  });
}
