import { RunledgerError } from "../../errors.ts";
import { runStateDocument } from "../../runstate/document.ts";
import type { RunStateDocument } from "../../runstate/state-schema.ts";
import { type ReadOptions, readingRun } from "../place/find-run.ts";
import { runIds } from "../place/look-up.ts";
import { seenOwner } from "../place/seen-owner.ts";
import { findPlace, type Place } from "../place/store.ts";
import { explain } from "../place/system-error.ts";
import { isUnborn } from "../place/unborn.ts";
import { systemWorld, type World } from "../place/world.ts";
import { notesOf, quickFold } from "./fold.ts";
import { namedSteps } from "./named-steps.ts";

/** One run of a store, in short. What is optional is absent for a run that cannot be read. */
export interface RunSummary {
  readonly run_id: string;
  readonly status: RunStateDocument["status"] | "unreadable";
  /** Whether a process seems to work on it: a hint. */
  readonly alive: boolean;
  readonly task_id?: string;
  readonly workspace?: string;
  readonly started_at?: string;
  readonly updated_at?: string;
  readonly progress?: RunStateDocument["progress"];
  /** E.g. why it is unreadable. */
  readonly note?: string;
}

/**
 * All runs of a store, the newest last; none if there is no store. Nothing is written or locked, no hash is checked, and
 * a run that cannot be read is listed as such. `FILE_NOT_FOUND` if the workspace or the store is no directory,
 * `PERMISSION`, `READ_FAILED`.
 */
export function listRuns(options: ReadOptions = {}): RunSummary[] {
  const { world = systemWorld } = options;
  const place = explain("the runs cannot be listed", "READ_FAILED", () => findPlace(world, options));
  const ids = explain(`the runs of ${place.layout.store} cannot be listed`, "READ_FAILED", () => runIds(world, place));
  const runs = ids.flatMap((runId) => summaryOf(world, place, runId) ?? []);
  return runs.toSorted((a, b) => (ageKey(a) < ageKey(b) ? -1 : 1));
}

/** An id names the second; runs of one second are told apart by their first entry. */
function ageKey({ run_id: runId, started_at: startedAt = "" }: RunSummary): string {
  return [runId.slice(0, "run-YYYYMMDD-HHMMSS".length), startedAt, runId].join(" ");
}

/** Undefined for a folder that is no run, because its start died before entry 1. */
function summaryOf(world: World, place: Place, runId: string): RunSummary | undefined {
  try {
    return readingRun(runId, () => (isUnborn(world, place, runId) ? undefined : readSummary(world, place, runId)));
  } catch (error) {
    if (!(error instanceof RunledgerError)) throw error;
    return { run_id: runId, status: "unreadable", alive: false, note: `unreadable: ${error.message}` };
  }
}

function readSummary(world: World, place: Place, runId: string): RunSummary {
  const run = place.layout.run(runId);
  const { owner, exists } = seenOwner(world, run);
  const fold = quickFold(world, run);
  const { state } = fold;
  const alive = exists && state.status === "running";
  const steps = namedSteps(world, run) ?? [];
  const document = runStateDocument(state, { steps, alive, pid: owner?.pid ?? world.host.pid });
  const [note] = notesOf(fold, alive);
  return {
    run_id: runId,
    status: document.status,
    alive,
    task_id: document.task_id,
    workspace: document.workspace,
    started_at: document.started_at,
    updated_at: document.updated_at,
    progress: document.progress,
    ...(note === undefined ? {} : { note }),
  };
}
