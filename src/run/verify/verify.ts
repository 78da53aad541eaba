import type { Head } from "../../ledger/entry.ts";
import type { ReadOptions } from "../place/find-run.ts";
import { runIds } from "../place/look-up.ts";
import { seenOwner } from "../place/seen-owner.ts";
import { findPlace, type Place } from "../place/store.ts";
import { explain } from "../place/system-error.ts";
import { isUnborn } from "../place/unborn.ts";
import { systemWorld, type World } from "../place/world.ts";
import { examine, type Located, locateForCheck } from "./examine.ts";
import { type Fault, Findings, type Note } from "./findings.ts";
import { checkLedger } from "./ledger.ts";

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

/**
 * Checks the chain of a run's ledger, and that all is there that was acknowledged. Streams, writes nothing, and may be
 * done while the run is alive. Whatever is in the files is reported; throws only `RUN_NOT_FOUND`, `ID_INVALID` and
 * `FILE_NOT_FOUND` (no workspace).
 */
export function verifyLedger(options: ReadOptions & { runId: string }): LedgerReport {
  const { world, run, runId } = locateForCheck(options);
  const findings = new Findings();
  const head = checkLedger(
    world,
    run,
    seenOwner(world, run).exists,
    findings,
    () => {},
    () => true,
  );
  return report(runId, head, findings);
}

/**
 * Checks a run: its ledger as {@link verifyLedger}, then against it `task.json`, the manifest, every object that it
 * names, its receipts and the artifacts in the workspace. `artifacts`: one that was changed since is a fault instead of
 * a note.
 */
export function verifyRun(options: ReadOptions & { runId: string; artifacts?: boolean | undefined }): VerifyReport {
  return verifyLocated(locateForCheck(options), options.artifacts === true);
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

function verifyLocated(located: Located, artifactsMustBeThere: boolean): VerifyReport {
  const { head, findings, checked } = examine(located, { artifactsMustBeThere });
  return { ...report(located.runId, head, findings), checked };
}

function report(runId: string, head: Head | undefined, findings: Findings): LedgerReport {
  const { faults } = findings;
  const notes = findings.notes.map(noteText);
  return {
    run_id: runId,
    entries: head?.seq ?? 0,
    ...(head === undefined ? {} : { head }),
    ok: faults.length === 0,
    faults,
    notes,
  };
}

/** Most notes name their file in the sentence. */
function noteText({ code, file, message }: Note): string {
  return code === "ARTIFACT_CHANGED" ? `${file}: ${message}` : message;
}
