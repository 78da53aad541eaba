import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { makeDirectories } from "../../src/durable/directories.ts";
import type { Disk } from "../../src/durable/disk.ts";
import { type RunLayout, storeLayout } from "../../src/durable/layout.ts";
import { RunledgerError } from "../../src/errors.ts";
import { entryOf } from "../../src/ledger/call-record.ts";
import type { LedgerEntry } from "../../src/ledger/entry.ts";
import { createLedger, type LedgerPlace, type OpenedLedger, openLedger } from "../../src/ledger/open.ts";
import { readEntries } from "../../src/ledger/read.ts";
import { systemRandomness } from "../../src/ports.ts";
import { firstRecord, record, runId } from "../faults/given-ledger.ts";
import type { Fault } from "../simulated/faults.ts";
import { ManualClock } from "./manual-clock.ts";
import { type WatchedCall, watchedDisk } from "./watched-disk.ts";

/** The ledger of one run on the real disk, which is watched, in a time that passes when the test says so. */
export class RunFolder {
  readonly workspace = fs.mkdtempSync(path.join(os.tmpdir(), "runledger-ledger-"));
  readonly store = path.join(this.workspace, ".runledger");
  readonly layout: RunLayout = storeLayout(this.store).run(runId);
  readonly clock = new ManualClock();
  /** Every call that changed or synced something, in order. */
  readonly calls: WatchedCall[] = [];
  /** What became durable, in the order in which it was said. */
  readonly durable: LedgerEntry[] = [];
  /** Asked before each call; may answer with a fault. */
  before: (call: WatchedCall) => Fault | undefined = () => undefined;
  /** A sync in the background begins when this resolves. */
  beforeBackgroundSync: () => Promise<void> = async () => {};
  readonly disk: Disk = watchedDisk({
    before: (call) => {
      this.calls.push(call);
      return this.before(call);
    },
    beforeBackgroundSync: () => this.beforeBackgroundSync(),
  });

  constructor() {
    makeDirectories(this.disk, this.store, this.layout.directory);
  }

  remove(): void {
    fs.rmSync(this.workspace, { recursive: true, force: true });
  }

  /** Creates the ledger with its first entry. */
  async create(): Promise<void> {
    await createLedger(this.#place(), firstRecord(), (appended) => this.durable.push(entryOf(appended)));
  }

  /** Opens the ledger for writing. */
  open(): OpenedLedger & { readonly entries: LedgerEntry[] } {
    const entries: LedgerEntry[] = [];
    const opened = openLedger(
      this.#place(),
      (entry) => entries.push(entry),
      (appended) => this.durable.push(entryOf(appended)),
    );
    return { ...opened, entries };
  }

  /** A closed ledger of `count` entries, each of which was acknowledged before the next. */
  async withEntries(count: number): Promise<void> {
    await this.create();
    const { ledger } = this.open();
    for (let index = 2; index <= count; index++) await ledger.append(record(index), { inFlight: 1 });
    await ledger.close();
  }

  /** The entries that a reader finds. */
  read(): LedgerEntry[] {
    return [...readEntries(this.disk, this.layout)];
  }

  /** Every file of the run's folder with its content. */
  contents(): Record<string, string> {
    const { directory } = this.layout;
    const names = fs.readdirSync(directory).sort();
    return Object.fromEntries(names.map((name) => [name, fs.readFileSync(path.join(directory, name), "latin1")]));
  }

  /** The calls `name` on the file at `file`, so far. */
  callsOf(name: WatchedCall["name"], file: string = this.layout.ledger): WatchedCall[] {
    return this.calls.filter((call) => call.name === name && call.path === file);
  }

  #place(): LedgerPlace {
    const { disk, clock, store, layout } = this;
    return { disk, clock, randomness: systemRandomness, store, run: layout, bootId: "boot-1" };
  }
}

/** A run's folder for each test. */
export function givenRunFolder(): { readonly run: RunFolder } {
  let run: RunFolder | undefined;
  beforeEach(() => {
    run = new RunFolder();
  });
  afterEach(() => run?.remove());
  return {
    get run() {
      if (run === undefined) throw new Error("a run's folder is there only during a test");
      return run;
    },
  };
}

/** The error with which `action` refuses. */
export function refusalOf(action: () => unknown): RunledgerError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(RunledgerError);
    return error as RunledgerError;
  }
  throw new Error("it was not refused");
}

/** The error with which `promise` rejects. */
export async function rejectionOf(promise: Promise<unknown>): Promise<RunledgerError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RunledgerError);
  return error as RunledgerError;
}

/** Lets everything that is planned for a turn of the event loop have it. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
