import type { ReadOptions } from "../place/find-run.ts";
import { runIds } from "../place/look-up.ts";
import { seenOwner } from "../place/seen-owner.ts";
import { findPlace, type Place } from "../place/store.ts";
import { explain, loaded } from "../place/system-error.ts";
import { isUnborn } from "../place/unborn.ts";
import { systemWorld, type World } from "../place/world.ts";
import { Findings } from "./findings.ts";
import { checkLedger } from "./ledger.ts";
import { locateForCheck } from "./locate.ts";
import { type LedgerReport, reportOf, type VerifyReport } from "./report.ts";

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
  return reportOf(runId, head, findings);
}

/**
 * Checks a run: its ledger as {@link verifyLedger}, then against it `task.json`, the manifest, every object that it
 * names, its receipts and the artifacts in the workspace. `artifacts`: one that was changed since is a fault instead of
 * a note. Rejects as {@link verifyLedger} throws.
 */
export async function verifyRun(
  options: ReadOptions & { runId: string; artifacts?: boolean | undefined },
): Promise<VerifyReport> {
  const { checkRun } = await loaded(import("./check-run.ts"));
  return checkRun(options);
}

/**
 * {@link verifyRun} for all runs of a store, the newest last; none if there is no store. Rejects with `FILE_NOT_FOUND`
 * (workspace or store is no directory), `PERMISSION`, `READ_FAILED`.
 */
export async function verifyAll(
  options: ReadOptions & { artifacts?: boolean | undefined } = {},
): Promise<VerifyReport[]> {
  const { world = systemWorld } = options;
  const ids = explain("the runs cannot be listed", "READ_FAILED", () => {
    const place = findPlace(world, options);
    return runIds(world, place).filter((runId) => isRun(world, place, runId));
  });
  const reports: VerifyReport[] = [];
  for (const runId of ids) reports.push(await verifyRun({ ...options, runId }));
  return reports;
}

/** One that cannot be looked at is one, so that it is reported. */
function isRun(world: World, place: Place, runId: string): boolean {
  try {
    return !isUnborn(world, place, runId);
  } catch {
    return true;
  }
}
