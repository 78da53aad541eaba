import { RunledgerError } from "../errors.ts";
import { ensureStore } from "../run/place/store.ts";
import { asRunledgerError } from "../run/place/system-error.ts";
import { Backup } from "./backup.ts";
import type { ExaminedStore } from "./examined-run.ts";
import { type Finding, finding } from "./finding.ts";
import { mendRun } from "./mend-run.ts";
import { mendStore } from "./mend-store.ts";

export interface Mending {
  /** Where what was changed is kept as it was; undefined if nothing could be kept, and so nothing was changed. */
  readonly backup: string | undefined;
  /** What stood in the way. */
  readonly obstacles: readonly Finding[];
}

/** Fixes what can be fixed of `findings`, run by run; what fails with one keeps none of the others from it. */
export async function mend(store: ExaminedStore, findings: readonly Finding[]): Promise<Mending | undefined> {
  const found = findings.filter(({ fix }) => fix.possible);
  if (found.length === 0) return undefined;
  ensureStore(store.world, store.place);
  let backup: Backup | undefined;
  const noBackup = await attempt(undefined, async () => {
    backup = new Backup(store.world, store.place.layout, found);
  });
  if (backup === undefined) return { backup: undefined, obstacles: noBackup };
  return mendWith(store, found, backup);
}

async function mendWith(store: ExaminedStore, found: readonly Finding[], backup: Backup): Promise<Mending> {
  const ofStore = found.filter(isOfStore);
  const runIds = new Set(found.filter((each) => !isOfStore(each)).map(({ run_id: runId }) => runId ?? ""));
  const obstacles: Finding[] = [];
  for (const runId of runIds) obstacles.push(...(await attempt(runId, () => mendRun(store, runId, backup))));
  if (ofStore.length > 0) {
    obstacles.push(...(await attempt(undefined, async () => mendStore(store, ofStore, backup))));
  }
  obstacles.push(...(await attempt(undefined, async () => backup.removeOlder())));
  return { backup: backup.directory, obstacles };
}

/** A folder that is no run has no lock that would keep a start away from it. */
function isOfStore({ code, run_id: runId }: Finding): boolean {
  return runId === undefined || code === "RUN_UNBORN";
}

async function attempt(runId: string | undefined, action: () => Promise<void>): Promise<Finding[]> {
  try {
    await action();
    return [];
  } catch (cause) {
    const error = asRunledgerError(cause, "it cannot be mended", "WRITE_FAILED");
    if (!(error instanceof RunledgerError) || error.code === "INVARIANT") throw error;
    const { code, message, hint } = error;
    const about = { runId, message, ...(hint === undefined ? {} : { advice: hint }) };
    return [
      code === "RUN_OWNED" ? finding(code, about) : finding("FIX_FAILED", { ...about, message: `${code}: ${message}` }),
    ];
  }
}
