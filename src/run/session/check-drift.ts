import { RunledgerError } from "../../errors.ts";
import { emptyManifest, emptySnapshotId } from "../../snapshot/manifest.ts";
import { loadManifest } from "../../snapshot/manifest-store.ts";
import type { ResolvedTask } from "../../task/task.ts";
import type { ReadableRun } from "../command/readable-run.ts";
import type { Place } from "../place/store.ts";
import { loaded } from "../place/system-error.ts";
import { type Changeable, changeableByFunctions, type Drift, findDrift } from "./drift.ts";
import { manifestNow } from "./manifest-now.ts";
import type { DriveOptions } from "./options.ts";
import type { LoadedTask } from "./recorded-task.ts";

export type DriftChoice = "fail" | "warn" | "ignore";

/**
 * Looks whether the workspace is as the run left it. Returns the payload of `drift.found` for drift that is gone on
 * with, undefined if there is none. Throws `DRIFT` naming the paths; nothing has been appended then.
 */
export async function checkDrift(
  run: ReadableRun,
  place: Place,
  task: LoadedTask,
  choice: DriftChoice,
  onNotice: DriveOptions["onNotice"],
): Promise<Record<string, unknown> | undefined> {
  const drift = await driftNow(run, place, task.file);
  if (drift.length === 0 || choice === "ignore") return drift.length === 0 ? undefined : payloadOf(drift, choice);
  const counting = drift.filter((each) => each.counts);
  if (choice === "fail" && counting.length > 0) throw refusal(run.state.runId, counting);
  onNotice?.({ code: "DRIFT", message: `the workspace has drifted:\n${drift.map(sentence).join("\n")}` });
  return payloadOf(drift, "warn");
}

/** How the workspace differs from what the run left. Nothing is written. `task`: undefined for functions. */
export async function driftNow(run: ReadableRun, place: Place, task: ResolvedTask | undefined): Promise<Drift[]> {
  const { world, state } = run;
  const mayChange = await changeable(run, task);
  if (state.snapshotId === emptySnapshotId) {
    const nothing = emptyManifest(world.clock);
    return findDrift(run, mayChange, nothing, nothing);
  }
  const before = loadManifest(world.disk, place.layout, state.snapshotId);
  const { include, exclude } = before.rules;
  const globs = { include: [...include], exclude: [...exclude] };
  return findDrift(run, mayChange, before, await manifestNow(world, place, globs, "read-only"));
}

async function changeable(run: ReadableRun, task: ResolvedTask | undefined): Promise<Changeable> {
  if (task === undefined) return changeableByFunctions(run);
  const { changeableBySteps } = await loaded(import("./changeable-by-steps.ts"));
  return changeableBySteps(run, task);
}

function payloadOf(drift: readonly Drift[], decision: DriftChoice): Record<string, unknown> {
  return { decision, paths: drift.map(({ expected, found, kind, path }) => ({ expected, found, kind, path })) };
}

function refusal(runId: string, drift: readonly Drift[]): RunledgerError {
  const paths = drift.map(sentence).join("\n");
  return new RunledgerError("DRIFT", `the workspace is not as ${runId} left it; nothing was resumed:\n${paths}`, {
    hint: `Put the files back, or go on with them as they are: runledger resume --run ${runId} --on-drift warn`,
    details: { run_id: runId, paths: drift },
  });
}

function sentence({ path, kind, expected, found }: Drift): string {
  const what = kind === "artifact" ? "artifact" : "file of the snapshot";
  if (found === null) return `  ${path}: ${what} is gone`;
  return `  ${path}: ${what} changed (expected ${expected?.slice(0, 19)}…, found ${found.slice(0, 19)}…)`;
}
