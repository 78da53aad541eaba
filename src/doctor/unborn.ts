import { runIds } from "../run/place/look-up.ts";
import { seenOwner } from "../run/place/seen-owner.ts";
import { isUnborn } from "../run/place/unborn.ts";
import type { ExaminedStore } from "./examined-run.ts";
import { type Finding, finding } from "./finding.ts";

/** Folders whose start died before there was a run. */
export function unbornFindings(store: ExaminedStore): Finding[] {
  return unbornIds(store).map((runId) => {
    const file = store.place.layout.run(runId).directory;
    return finding("RUN_UNBORN", { runId, file, message: "its start died before its first entry: there is no run" });
  });
}

/** Not those that a process is about to bring to life. */
function unbornIds({ world, place }: ExaminedStore): string[] {
  const folders = runIds(world, place).filter((runId) => isNoRun({ world, place }, runId));
  return folders.filter((runId) => !seenOwner(world, place.layout.run(runId)).exists);
}

/** A folder that cannot be looked at is a run, so that it is reported. */
export function isNoRun({ world, place }: Pick<ExaminedStore, "world" | "place">, runId: string): boolean {
  try {
    return isUnborn(world, place, runId);
  } catch {
    return false;
  }
}
