import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach } from "vitest";
import { makeDirectories } from "../../src/durable/directories.ts";
import type { Disk } from "../../src/durable/disk.ts";
import { type RunLayout, storeLayout } from "../../src/durable/layout.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import type { LedgerEntry, LedgerRecord } from "../../src/ledger/entry.ts";
import { systemRandomness } from "../../src/ports.ts";
import type { Artifact, ObjectRef } from "../../src/protocol/fields.ts";
import { ReceiptBook, type ReceiptPlace } from "../../src/receipt/receipt-book.ts";
import { evolve } from "../../src/runstate/evolve.ts";
import type { RunState } from "../../src/runstate/state.ts";
import { entriesOf, runId, taskId } from "../runstate/given.ts";
import { imageWith, SimulatedMachine } from "../simulated/simulated-world.ts";

/** The receipts of a run, in a store of its own for each test. */
export function givenReceipts(): { readonly store: ReceiptStore } {
  let store: ReceiptStore | undefined;
  beforeEach(() => {
    store = new ReceiptStore(
      nodeDisk,
      path.join(fs.mkdtempSync(path.join(os.tmpdir(), "runledger-receipt-")), "store"),
    );
    makeDirectories(nodeDisk, store.directory, store.run.directory);
  });
  afterEach(() => fs.rmSync(path.dirname(store?.directory ?? ""), { recursive: true, force: true }));
  return {
    get store() {
      if (store === undefined) throw new Error("a store is there only during a test");
      return store;
    },
  };
}

/** The same on a simulated disk, where a thousand syncs cost nothing. */
export function simulatedStore(): ReceiptStore {
  const { disk } = new SimulatedMachine(imageWith({ "/project/": "" })).start(1).world;
  const store = new ReceiptStore(disk, "/project/store");
  makeDirectories(disk, store.directory, store.run.directory);
  return store;
}

/** A store with receipts of one run. Its directory and that of the run are there. */
export class ReceiptStore {
  readonly disk: Disk;
  readonly directory: string;
  readonly run: RunLayout;
  /** What artifacts that are stored as an object are. */
  stored: Artifact[] = [];

  constructor(disk: Disk, directory: string) {
    this.disk = disk;
    this.directory = directory;
    this.run = storeLayout(directory).run(runId);
  }

  place(): ReceiptPlace {
    const artifactsOf = (recorded: Artifact[] | ObjectRef) => (Array.isArray(recorded) ? recorded : this.stored);
    return {
      disk: this.disk,
      randomness: systemRandomness,
      store: this.directory,
      run: this.run,
      runId,
      taskId,
      artifactsOf,
    };
  }

  /** A process that finds the first `replayed` entries in the ledger, appends the others, and ends well. */
  live(happened: readonly LedgerRecord[], replayed: number): void {
    const { book, fold } = this.open();
    for (const [index, entry] of entriesOf(happened).entries()) {
      if (index === replayed) book.replayed();
      fold(entry);
      if (index >= replayed) book.write();
    }
    if (replayed >= happened.length) book.replayed();
    book.settle();
    book.close();
  }

  /** A process that finds all of these in the ledger. */
  resume(happened: readonly LedgerRecord[]): void {
    this.live(happened, happened.length);
  }

  open(): { book: ReceiptBook; fold: (entry: LedgerEntry) => void } {
    const book = new ReceiptBook(this.place());
    let state: RunState | undefined;
    const fold = (entry: LedgerEntry) => {
      state = evolve(state, entry);
      book.see(state, entry);
    };
    return { book, fold };
  }

  /** The receipts' files with their content. */
  files(): Record<string, string> {
    const directory = this.run.receiptsOf(taskId);
    const names = this.disk.stat(directory) === undefined ? [] : this.disk.list(directory).map(({ name }) => name);
    return Object.fromEntries(names.sort().map((name) => [name, this.#read(path.join(directory, name))]));
  }

  #read(file: string): string {
    return Buffer.from(this.disk.readFile(file)).toString("latin1");
  }
}
