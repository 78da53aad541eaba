import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach } from "vitest";
import { makeDirectories } from "../../src/durable/directories.ts";
import type { Disk, DiskFile } from "../../src/durable/disk.ts";
import { type RunLayout, storeLayout } from "../../src/durable/layout.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import type { EventRecord, LedgerEntry, LedgerRecord } from "../../src/ledger/entry.ts";
import { createLedger, type LedgerPlace, type OpenedLedger, openLedger } from "../../src/ledger/open.ts";
import { readEntries } from "../../src/ledger/read.ts";
import { systemClock, systemRandomness } from "../../src/ports.ts";

const runId = "run-20261121-070000-0a1b2c3d";
const thisBoot = "11111111-2222-3333-4444-555555555555";

/** A run's folder on the real disk, for each test. */
export function givenFolder() {
  const given = { store: "", run: undefined as unknown as RunLayout };
  let directory = "";
  beforeEach(() => {
    directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "runledger-ledger-")));
    given.store = path.join(directory, ".runledger");
    given.run = storeLayout(given.store).run(runId);
    makeDirectories(nodeDisk, given.store, given.run.directory);
  });
  afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));
  const place = (more: Partial<LedgerPlace> = {}): LedgerPlace => ({
    ...{ disk: nodeDisk, clock: systemClock, randomness: systemRandomness },
    ...{ store: given.store, run: given.run, bootId: thisBoot },
    ...more,
  });
  const open = (more: Partial<LedgerPlace> = {}): OpenedLedger & { entries: LedgerEntry[] } => {
    const entries: LedgerEntry[] = [];
    const opened = openLedger(
      place(more),
      (entry) => entries.push(entry),
      () => {},
    );
    return { ...opened, entries };
  };
  return Object.assign(given, {
    place,
    open,
    create: (first = started(), more: Partial<LedgerPlace> = {}) => createLedger(place(more), first, () => {}),
    /** Creates the ledger and appends so many logs, one after the other. */
    write: async (logs: number) => {
      await createLedger(place(), started(), () => {});
      const { ledger } = open();
      for (let n = 1; n <= logs; n += 1) await ledger.append(log(`log ${n}`));
      await ledger.close();
    },
    bytes: () => fs.readFileSync(given.run.ledger),
    read: () => [...readEntries(nodeDisk, given.run)],
    torn: () => fs.readdirSync(given.run.directory).filter((name) => name.startsWith("ledger.torn-")),
  });
}

export function started(more: Record<string, unknown> = {}): EventRecord {
  return {
    kind: "event",
    message_id: "0198f3a0-0000-7000-8000-000000000001",
    correlation_id: runId,
    task_id: "T-0042",
    from: { agent_type: "system" },
    event: "run.started",
    payload: { format: 1, run_id: runId, ...more },
    occurred_at: "2026-11-21T07:00:00.000Z",
  };
}

export function log(message: string): LedgerRecord {
  return { kind: "log", level: "info", message, timestamp: "2026-11-21T07:00:00.000Z" };
}

/** A call of a file's method: `write`, `datasync`, … */
interface Call {
  readonly name: keyof DiskFile;
  readonly file: string;
  readonly args: readonly unknown[];
}

/** The real disk, which tells `before` of every call of a file's method; `before` may throw instead. */
export function watchedDisk(before: (call: Call) => void): Disk {
  return { ...nodeDisk, open: (file, mode) => watchedFile(nodeDisk.open(file, mode), before) };
}

function watchedFile(file: DiskFile, before: (call: Call) => void): DiskFile {
  return new Proxy(file, {
    get: (target, name: keyof DiskFile) => {
      const member = target[name];
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        before({ name, file: path.basename(target.path), args });
        return (member as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}
