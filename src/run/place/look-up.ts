import type { Disk } from "../../durable/disk.ts";
import { isPathId } from "../../durable/layout.ts";
import { RunledgerError } from "../../errors.ts";
import { canonicalJson } from "../../idempotency/canonical.ts";
import { sha256 } from "../../idempotency/digest.ts";
import { type Peek, peekLedger } from "../../ledger/peek.ts";
import { readEntries } from "../../ledger/read.ts";
import { readWatermark } from "../../ledger/watermark.ts";
import { isObjectRef } from "../../objects/references.ts";
import { runStateDocument } from "../../runstate/document.ts";
import { replay } from "../../runstate/replay.ts";
import type { Place } from "./store.ts";
import type { World } from "./world.ts";

/** An unfinished run that a start may mean. */
export interface RunMatch {
  readonly runId: string;
  readonly why: "unfinished" | "failed" | "old" | "edited";
  readonly status: string;
  readonly updatedAt: string;
  readonly steps: { readonly completed: number; readonly failed: number; readonly inDoubt: number };
}

export interface LookedUp {
  readonly taskId: string;
  readonly taskDigest: string;
  readonly input: unknown;
}

const oldAfterMs = 24 * 60 * 60 * 1000;

/**
 * Ids of all folders of runs, oldest first; none if there is no store. `FILE_NOT_FOUND` if that, or `runs`, is no
 * directory.
 */
export function runIds({ disk }: World, { layout }: Place): string[] {
  const kind = disk.stat(layout.runs)?.kind;
  // A symlink is somebody's wish.
  if (kind !== "directory" && kind !== "symlink") {
    refuseFile(disk, layout.store, layout.store);
    refuseFile(disk, layout.store, layout.runs);
    return [];
  }
  const folders = disk.list(layout.runs).filter((entry) => entry.kind === "directory" && isPathId(entry.name));
  return folders.map((entry) => entry.name).sort();
}

/** What is no store may be another one's name, mistyped: no word about its runs would be true. */
function refuseFile(disk: Disk, store: string, directory: string): void {
  const kind = disk.stat(directory)?.kind ?? "directory";
  if (kind === "directory") return;
  const what = directory === store ? "it" : directory;
  throw new RunledgerError("FILE_NOT_FOUND", `there is no store at ${store}: ${what} is no directory`, {
    hint: "Name the store, or the workspace that has it: --store DIR / --workspace DIR",
    details: { store },
  });
}

/**
 * The unfinished runs that a start of `task` in this workspace may mean: those of the same digest and workspace, and
 * those of an earlier version of the same task.
 */
export function lookUp(world: World, place: Place, task: LookedUp): RunMatch[] {
  return runIds(world, place).flatMap((runId) => {
    const peek = peekLedger(world.disk, place.layout.run(runId).ledger);
    if (peek === undefined || !isSameWork(peek, place, task) || isFinished(world, place, runId, peek)) return [];
    return matchOf(world, place, runId, peek.first.payload["task_digest"] === task.taskDigest) ?? [];
  });
}

/**
 * True if a look at its end is enough to know. A run is finished by its final entry alone; what a power cut has left at
 * the end may look like one, of this ledger or of another. So it must be what the watermark names: else all is read.
 */
function isFinished({ disk }: World, place: Place, runId: string, { last }: Peek): boolean {
  if (last?.kind !== "event" || !/^run\.(completed|aborted)$/.test(last.event)) return false;
  return readWatermark(disk, place.layout.run(runId).watermark)?.head.hash === last.hash;
}

function isSameWork({ first }: Peek, place: Place, task: LookedUp): boolean {
  const { task_id: taskId, workspace, task_digest: digest, input } = first.payload;
  if (workspace !== place.workspace) return false;
  return digest === task.taskDigest || (taskId === task.taskId && sameInput(input, task.input));
}

function sameInput(recorded: unknown, given: unknown): boolean {
  const text = canonicalJson(given ?? null);
  if (isObjectRef(recorded)) return recorded.$object.sha256 === sha256(text);
  return canonicalJson(recorded ?? null) === text;
}

function matchOf(world: World, place: Place, runId: string, sameDigest: boolean): RunMatch | undefined {
  const state = replay(readEntries(world.disk, place.layout.run(runId)));
  if (state.status === "completed" || state.status === "aborted") return undefined;
  const ageMs = world.clock.now() - Date.parse(state.updatedAt);
  const { progress } = runStateDocument(state, { steps: [], alive: false, pid: world.host.pid });
  const why = !sameDigest ? "edited" : state.status === "failed" ? "failed" : ageMs > oldAfterMs ? "old" : "unfinished";
  return {
    runId,
    why,
    status: state.status,
    updatedAt: state.updatedAt,
    steps: { completed: progress.completed, failed: progress.failed, inDoubt: progress.in_doubt },
  };
}
