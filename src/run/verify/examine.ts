import { z } from "zod";
import type { Head, LedgerEntry } from "../../ledger/entry.ts";
import { ReadBack } from "../../ledger/read-back.ts";
import type { ScannedCall } from "../../ledger/scan.ts";
import { internalize } from "../../objects/externalize.ts";
import type { ObjectStore } from "../../objects/store.ts";
import { type Artifact, artifactSchema } from "../../protocol/fields.ts";
import { ReceiptCheck } from "../../receipt/verify.ts";
import { LedgerFold } from "../../runstate/ledger-fold.ts";
import type { RunState } from "../../runstate/state.ts";
import type { ReadableRun } from "../command/readable-run.ts";
import { seenOwner } from "../place/seen-owner.ts";
import { understood } from "../read/fold.ts";
import { objectsOf } from "../read/recorded-values.ts";
import { checkArtifacts } from "./artifacts.ts";
import { Findings } from "./findings.ts";
import { checkLedger } from "./ledger.ts";
import type { Located } from "./locate.ts";
import { ObjectCheck } from "./objects.ts";
import { checkRecords } from "./records.ts";

/** All that the check of a run found, for those who do more with it than print it. */
export interface Examination {
  readonly findings: Findings;
  /** The last sound entry. */
  readonly head: Head | undefined;
  /** The fold of the sound entries; undefined if there is none. */
  readonly state: RunState | undefined;
  /** `sha256:<64 hex>` of each object that the sound entries name. */
  readonly objects: ReadonlySet<string>;
  /** How many of each were checked. */
  readonly checked: { readonly objects: number; readonly receipts: number; readonly artifacts: number };
}

export interface ExamineOptions {
  /** An artifact that was changed since is a fault instead of a note. */
  readonly artifactsMustBeThere?: boolean;
  /** The caller holds the run's lock: nobody else is about to write what is not there yet. */
  readonly owned?: boolean;
}

/**
 * Checks a run's ledger, and against it `task.json`, the manifest, objects, receipts and the artifacts in the workspace.
 * Streams, and writes nothing.
 */
export function examine(located: Located, options: ExamineOptions = {}): Examination {
  const { world, place, run } = located;
  const { artifactsMustBeThere = false, owned = false } = options;
  const findings = new Findings();
  const store = objectsOf(located);
  const objects = new ObjectCheck(place, store, findings);
  const artifactsOf = (recorded: unknown) => readArtifacts(recorded, store);
  const receipts = receiptCheck(located, artifactsOf, findings);
  let receiptsCanBeRead = true;
  const mayBeWriting = !owned && seenOwner(world, run).exists;
  const readBack = new ReadBack(world.disk, run.ledger);
  const fold = new LedgerFold(readBack);
  const see = (check: (receipts: ReceiptCheck) => void) => {
    if (receipts === undefined || !receiptsCanBeRead) return;
    receiptsCanBeRead = findings.succeeds(run.receipts, () => check(receipts));
  };
  const onEntry = (entry: LedgerEntry) => {
    const state = understood(run, entry, () => fold.entry(entry));
    objects.see(entry);
    see((check) => check.see(state, entry));
  };
  // Such a call names no object.
  const onCall = (call: ScannedCall) => {
    const folded = fold.call(call);
    if (folded !== undefined) see((check) => check.seeCall(folded.state, call, folded.n));
    return folded !== undefined;
  };
  try {
    const head = checkLedger(world, run, mayBeWriting, findings, onEntry, onCall);
    const state = findings.attempt(run.ledger, () => fold.state);
    const found = { findings, head, state, objects: objects.addresses };
    const counts = { objects: objects.checked, receipts: receipts?.checked ?? 0 };
    if (state === undefined) return { ...found, checked: { ...counts, artifacts: 0 } };
    finishReceipts(receipts, state, findings, run.receipts);
    const readable: ReadableRun = { world, layout: run, state, recorded: (value) => artifactsOf(value) ?? [] };
    checkRecords(readable, place, findings);
    const artifacts = checkArtifacts(readable, artifactsMustBeThere, findings);
    return { ...found, checked: { ...counts, artifacts } };
  } finally {
    readBack.close();
  }
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
  for (const message of found?.notes ?? []) findings.note({ code: "RECEIPTS_BEHIND", file, message });
}

/** Undefined if an object is missing or damaged, which is reported where objects are checked, or holds no artifacts. */
function readArtifacts(recorded: unknown, store: ObjectStore): Artifact[] | undefined {
  try {
    return z.array(artifactSchema).parse(internalize(recorded, store));
  } catch {
    return undefined;
  }
}
