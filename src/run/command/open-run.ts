import { runToken } from "../../agent/environment.ts";
import type { RunLayout, StoreLayout } from "../../durable/layout.ts";
import { Retries, type RetryRules } from "../../durable/retries.ts";
import type { WriterLock } from "../../durable/writer-lock.ts";
import { invariant, RunledgerError } from "../../errors.ts";
import { type Appended, type CallRecord, entryOf, eventOfCall } from "../../ledger/call-record.ts";
import type { CommandRecord, EventRecord, LedgerEntry, LedgerRecord } from "../../ledger/entry.ts";
import { type CutTail, type LedgerPlace, type OpenedLedger, openLedger } from "../../ledger/open.ts";
import type { Ledger } from "../../ledger/port.ts";
import { type EntryPlace, ReadBack } from "../../ledger/read-back.ts";
import type { ScannedCall } from "../../ledger/scan.ts";
import { externalize, externalizeWhole, internalize } from "../../objects/externalize.ts";
import { ObjectStore } from "../../objects/store.ts";
import type { Artifact, ObjectRef } from "../../protocol/fields.ts";
import { ReceiptBook } from "../../receipt/receipt-book.ts";
import { mostListedSteps } from "../../runstate/commands.ts";
import { runStateDocument } from "../../runstate/document.ts";
import { LedgerFold } from "../../runstate/ledger-fold.ts";
import type { RunState } from "../../runstate/state.ts";
import type { RunStateDocument } from "../../runstate/state-schema.ts";
import type { World } from "../place/world.ts";
import { DocumentCopy } from "./document-copy.ts";
import type { Notify } from "./notice.ts";
import { observe } from "./observe.ts";
import { runEvent } from "./records.ts";
import { Unrecorded } from "./unrecorded.ts";

export interface OpenRunParts {
  readonly world: World;
  readonly layout: StoreLayout;
  readonly runId: string;
  readonly taskId: string;
  /** Held until the run is closed. */
  readonly lock: WriterLock;
  readonly retryRules: RetryRules;
  readonly onEntry: ((entry: LedgerEntry) => void) | undefined;
  readonly onNotice: Notify;
}

/**
 * A run that this process owns: its ledger open for writing, its state (the fold of what is durable, and of nothing
 * else), its receipts and objects.
 */
export class OpenRun {
  readonly world: World;
  readonly layout: RunLayout;
  /** The store's directory. */
  readonly store: string;
  readonly objects: ObjectStore;
  readonly receipts: ReceiptBook;
  readonly copy: DocumentCopy;
  /** The ids that the task names, for `run.json`; a function names none. */
  steps: readonly string[] = [];
  /** The steps of a task file whose effect nobody has written. */
  unwrittenEffects: readonly string[] = [];
  /** Commands being performed, counted by the driver; 0 when the run ends. By it the ledger decides how it syncs. */
  inFlight = 0;
  readonly #parts: OpenRunParts;
  readonly #ledger: Ledger;
  readonly #unrecorded: Unrecorded;
  /** correlation_id → command that was handed to the system and is not known to be durable. */
  readonly #posted = new Map<string, CommandRecord>();
  /** Agents that have not ended. */
  readonly #lingering = new Set<Promise<void>>();
  readonly #readBack: ReadBack;
  readonly #fold: LedgerFold;
  #state: RunState | undefined;

  /** Recovers the ledger, folds it and issues the receipts that are missing. Throws as {@link openLedger}. */
  constructor(parts: OpenRunParts) {
    const { world, layout, runId, taskId } = parts;
    const { disk, clock, randomness } = world;
    this.#parts = parts;
    this.world = world;
    this.layout = layout.run(runId);
    this.store = layout.store;
    this.objects = new ObjectStore({ disk, randomness, layout, owner: runId });
    const artifactsOf = (recorded: Artifact[] | ObjectRef) => internalize(recorded, this.objects) as Artifact[];
    const place = { disk, randomness, store: layout.store, run: this.layout };
    this.receipts = new ReceiptBook({ ...place, runId, taskId, artifactsOf });
    this.#unrecorded = new Unrecorded({ world, layout: this.layout, runId, onNotice: parts.onNotice });
    this.#readBack = new ReadBack(disk, this.layout.ledger);
    this.#fold = new LedgerFold(this.#readBack);
    const { ledger } = this.#open({ ...place, clock, bootId: world.host.bootId });
    this.#ledger = ledger;
    const document = (alive: boolean) => this.document(alive);
    const listed = () => this.steps.length || Math.min(this.state.commands.size, mostListedSteps);
    this.copy = new DocumentCopy({ world, file: this.layout.runState, runId, document, listed });
  }

  /** Leaves nothing open if it throws. */
  #open(place: LedgerPlace): OpenedLedger {
    let opened: OpenedLedger | undefined;
    try {
      const onReplayed = (entry: LedgerEntry) => this.receipts.see(this.#fold.entry(entry), entry);
      const onCut = (cut: CutTail) => void this.append(recoveredEvent(this, cut)).catch(() => {});
      const mending = { retries: new Retries(this.#parts.retryRules), onCut };
      opened = openLedger(
        place,
        onReplayed,
        (appended, place) => this.#durable(appended, place),
        mending,
        (call) => this.#replayCall(call),
      );
      this.#state = this.#fold.state;
      this.receipts.replayed();
      return opened;
    } catch (error) {
      void opened?.ledger.close().catch(() => {});
      this.receipts.close();
      this.#readBack.close();
      throw error;
    }
  }

  #replayCall(call: ScannedCall): boolean {
    const folded = this.#fold.call(call);
    if (folded !== undefined) this.receipts.seeCall(folded.state, call, folded.n);
    return folded !== undefined;
  }

  get state(): RunState {
    invariant(this.#state !== undefined, "an open run has its first entry");
    return this.#state;
  }

  /** What marks the processes of this run. */
  get token(): string {
    const directory = this.world.disk.stat(this.layout.directory);
    invariant(directory !== undefined, "an open run has its directory");
    return runToken(this.#parts.runId, directory.inode);
  }

  /**
   * Appends; durable and folded when the promise resolves, and what it ends has its receipt (a packed one once its group
   * is full). Large members become objects first. What the disk does not take is kept in the recovery file.
   */
  async append(record: LedgerRecord): Promise<LedgerEntry> {
    let entry: LedgerEntry;
    try {
      entry = await this.#append(record);
    } catch (error) {
      this.#unrecorded.note(this.#withCommand(record), error, () => this.state.head);
      throw error;
    }
    this.receipts.write();
    return entry;
  }

  async #append(record: LedgerRecord): Promise<LedgerEntry> {
    const options = { inFlight: this.inFlight };
    const outlined = externalize(record, this.objects);
    try {
      return await this.#ledger.append(outlined, options);
    } catch (error) {
      if (!isTooLong(error)) throw error;
      return this.#ledger.append(externalizeWhole(outlined, this.objects), options);
    }
  }

  /** {@link append} for a function step that has succeeded. `end` is handed through: a promise that does so costs as much as a hash. */
  async appendCall<End>(call: CallRecord, end: End): Promise<End> {
    const { commands } = this.state;
    invariant(!commands.has(call.key), () => `its success is the first that is heard of step ${call.step}`);
    try {
      await this.#ledger.appendCall(call, { inFlight: this.inFlight });
    } catch (error) {
      this.#unrecorded.note(eventOfCall(call), error, () => this.state.head);
      throw error;
    }
    this.receipts.write();
    return end;
  }

  /** Hands a record to the system without waiting for the disk. */
  post(record: LedgerRecord): LedgerEntry {
    if (record.kind === "command") this.#posted.set(record.correlation_id, record);
    const outlined = externalize(record, this.objects);
    try {
      return this.#ledger.post(outlined);
    } catch (error) {
      if (!isTooLong(error)) throw error;
      return this.#ledger.post(externalizeWhole(outlined, this.objects));
    }
  }

  /** The value that a recorded member stands for. */
  recorded(value: unknown): unknown {
    return internalize(value, this.objects);
  }

  /** What `run.completed` says that the task returned. */
  output(): unknown {
    return this.recorded(this.state.output);
  }

  /** Receipts first, then the entry that ends or pauses the run, then everything is synced and `run.json` written. */
  async end(record: EventRecord): Promise<void> {
    this.receipts.settle();
    await this.append(record);
    await this.#ledger.settle();
    this.copy.write(false);
  }

  /** Lists what the task names, and 10,000 of a function's steps. */
  document(alive: boolean, performedAfter = this.state.sessionSeq): RunStateDocument {
    const { pid } = this.world.host;
    const view = { steps: this.steps, alive, pid, performedAfter, mostListed: mostListedSteps };
    return runStateDocument(this.state, view);
  }

  /** Whatever fails meanwhile, the run is not closed, and its lock not released, before `gone` has settled. */
  closeAfter(gone: Promise<unknown>): void {
    const settled: Promise<void> = Promise.allSettled([gone]).then(() => void this.#lingering.delete(settled));
    this.#lingering.add(settled);
  }

  /** Closes the run after `work`, whatever comes of it. What `work` throws counts more than what closing does. */
  async closeAfterwards<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work();
      await this.#close();
      return result;
    } catch (error) {
      await this.#close().catch(() => {});
      throw error;
    }
  }

  async #close(): Promise<void> {
    await Promise.all(this.#lingering);
    this.copy.callOffPlan();
    try {
      await this.#ledger.close();
    } finally {
      await this.#unrecorded.settle();
      try {
        this.receipts.close();
        this.#readBack.close();
      } finally {
        this.#parts.lock.release();
      }
    }
  }

  /** An event whose command may be lost with it says what was asked, as functions do: else nobody could use it. */
  #withCommand(record: LedgerRecord): LedgerRecord {
    const posted = record.kind === "event" ? this.#posted.get(record.correlation_id) : undefined;
    if (posted === undefined || record.kind !== "event") return record;
    const { action, idempotency_key, inputs, step } = posted;
    return { ...record, command: { action, idempotency_key, inputs, step } };
  }

  #durable(appended: Appended, place: EntryPlace): void {
    const { state, call } = this.#fold.appended(appended, place);
    if (call !== undefined) this.receipts.seeAppended(state, call);
    else this.#see(state, entryOf(appended));
    if (this.#parts.onEntry !== undefined) observe(this.world.clock, this.#parts.onEntry, entryOf(appended));
    this.copy.refreshIfDue();
  }

  #see(state: RunState, entry: LedgerEntry): void {
    if (entry.kind === "command") this.#posted.delete(entry.correlation_id);
    this.receipts.see(state, entry);
  }
}

/** Says in the ledger what was cut when it was opened. */
export function recoveredEvent({ world, state, layout }: OpenRun, { cutBytes, file }: CutTail): EventRecord {
  const name = file.slice(layout.directory.length + 1);
  return runEvent(world, state, "ledger.recovered", { cut_bytes: cutBytes, file: name });
}

function isTooLong(error: unknown): boolean {
  return error instanceof RunledgerError && error.code === "LINE_TOO_LONG";
}
