import { z } from "zod";
import { RunledgerError } from "../../errors.ts";
import type { Head } from "../../ledger/entry.ts";
import { internalize } from "../../objects/externalize.ts";
import type { ObjectStore } from "../../objects/store.ts";
import { type Artifact, artifactSchema } from "../../protocol/fields.ts";
import { ReceiptCheck } from "../../receipt/verify.ts";
import type { RunState } from "../../runstate/state.ts";
import type { ReadableRun } from "../command/readable-run.ts";
import { type FoundRun, locateRun, type ReadOptions, readingRun, taskIdOf } from "../place/find-run.ts";
import { runIds } from "../place/look-up.ts";
import { findPlace, type Place } from "../place/store.ts";
import { explain } from "../place/system-error.ts";
import { isUnborn } from "../place/unborn.ts";
import { systemWorld, type World } from "../place/world.ts";
import { understood } from "../read/fold.ts";
import { objectsOf } from "../read/read-back.ts";
import { checkArtifacts } from "./artifacts.ts";
import { type Fault, Findings } from "./findings.ts";
import { checkLedger } from "./ledger.ts";
import { ObjectCheck } from "./objects.ts";
import { checkRecords } from "./records.ts";

/** What the check of a ledger found. */
export interface LedgerReport {
  readonly run_id: string;
  /** How many entries are sound, and the last of them. */
  readonly entries: number;
  readonly head?: Head;
  /** True if there are no faults. */
  readonly ok: boolean;
  readonly faults: readonly Fault[];
  /** What people should know and is no fault: what a crash leaves, what was changed since. */
  readonly notes: readonly string[];
}

/** What the check of a run found. */
export interface VerifyReport extends LedgerReport {
  /** How many of each were checked. */
  readonly checked: { readonly objects: number; readonly receipts: number; readonly artifacts: number };
}

/** A run as far as it can be named: its task is known if entry 1 can be read. */
type Located = Omit<FoundRun, "taskId"> & { readonly taskId: string | undefined };

/**
 * Checks the chain of a run's ledger, and that all is there that was acknowledged. Streams, writes nothing, and may be
 * done while the run is alive. Whatever is in the files is reported; throws only `RUN_NOT_FOUND`, `ID_INVALID` and
 * `FILE_NOT_FOUND` (no workspace).
 */
export function verifyLedger(options: ReadOptions & { runId: string }): LedgerReport {
  const { world, run, runId } = locate(options);
  const findings = new Findings();
  const head = checkLedger(world, run, findings, () => {});
  return report(runId, head, findings);
}

/**
 * Checks a run: its ledger as {@link verifyLedger}, then against it `task.json`, the manifest, every object that it
 * names, its receipts and the artifacts in the workspace. `artifacts`: one that was changed since is a fault instead of
 * a note.
 */
export function verifyRun(options: ReadOptions & { runId: string; artifacts?: boolean | undefined }): VerifyReport {
  return verifyLocated(locate(options), options.artifacts === true);
}

/** {@link verifyRun} for all runs of a store, the newest last; none if there is no store. */
export function verifyAll(options: ReadOptions & { artifacts?: boolean | undefined } = {}): VerifyReport[] {
  const { world = systemWorld } = options;
  const ids = explain("the runs cannot be listed", "READ_FAILED", () => {
    const place = findPlace(world, options);
    return runIds(world, place).filter((runId) => isRun(world, place, runId));
  });
  return ids.map((runId) => verifyRun({ ...options, runId }));
}

/** One that cannot be looked at is one, so that it is reported. */
function isRun(world: World, place: Place, runId: string): boolean {
  try {
    return !isUnborn(world, place, runId);
  } catch {
    return true;
  }
}

function locate(options: ReadOptions & { runId: string }): Located {
  const located = locateRun(options);
  const { world, place, runId } = located;
  try {
    return { ...located, taskId: readingRun(runId, () => taskIdOf(world, place, runId)) };
  } catch (error) {
    // What else is wrong is found again, and reported.
    if (!(error instanceof RunledgerError) || error.code === "RUN_NOT_FOUND") throw error;
    return { ...located, taskId: undefined };
  }
}

function verifyLocated(located: Located, artifactsMustBeThere: boolean): VerifyReport {
  const { world, place, run, runId } = located;
  const findings = new Findings();
  const store = objectsOf(located);
  const objects = new ObjectCheck(place, store, findings);
  const artifactsOf = (recorded: unknown) => readArtifacts(recorded, store);
  const receipts = receiptCheck(located, artifactsOf, findings);
  let receiptsCanBeRead = true;
  let state: RunState | undefined;
  const head = checkLedger(world, run, findings, (entry) => {
    const after = understood(run, state, entry);
    state = after;
    objects.see(entry);
    if (receiptsCanBeRead) receiptsCanBeRead = findings.succeeds(run.receipts, () => receipts?.see(after, entry));
  });
  const counts = { objects: objects.checked, receipts: receipts?.checked ?? 0 };
  if (state === undefined) return { ...report(runId, head, findings), checked: { ...counts, artifacts: 0 } };
  finishReceipts(receipts, state, findings, run.receipts);
  const readable: ReadableRun = { world, layout: run, state, recorded: (value) => artifactsOf(value) ?? [] };
  checkRecords(readable, place, findings);
  const artifacts = checkArtifacts(readable, artifactsMustBeThere, findings);
  return { ...report(runId, head, findings), checked: { ...counts, artifacts } };
}

function receiptCheck(
  { world, run, taskId }: Located,
  artifactsOf: (recorded: unknown) => Artifact[] | undefined,
  findings: Findings,
): ReceiptCheck | undefined {
  if (taskId === undefined) return undefined;
  return findings.attempt(run.receipts, () => new ReceiptCheck({ disk: world.disk, run, taskId, artifactsOf }));
}

/** A run says that its receipts are complete by its final entry, and by pausing. */
function finishReceipts(receipts: ReceiptCheck | undefined, state: RunState, findings: Findings, file: string): void {
  const found = findings.attempt(file, () => receipts?.finish(state.status === "running"));
  receipts?.close();
  for (const fault of found?.faults ?? []) findings.fault(fault);
  for (const note of found?.notes ?? []) findings.note(note);
}

/** Undefined if an object is missing or damaged, which is reported where objects are checked, or holds no artifacts. */
function readArtifacts(recorded: unknown, store: ObjectStore): Artifact[] | undefined {
  try {
    return z.array(artifactSchema).parse(internalize(recorded, store));
  } catch {
    return undefined;
  }
}

function report(runId: string, head: Head | undefined, { faults, notes }: Findings): LedgerReport {
  return {
    run_id: runId,
    entries: head?.seq ?? 0,
    ...(head === undefined ? {} : { head }),
    ok: faults.length === 0,
    faults,
    notes,
  };
}
