import { holdLock, type WriterLock } from "../durable/writer-lock.ts";
import { RunledgerError } from "../errors.ts";
import { runIds } from "../run/place/look-up.ts";
import { tryLockStarts } from "../run/place/owner.ts";
import { sweepStore, syncShared } from "../run/place/sweep-files.ts";
import { removeUnbornRuns } from "../run/place/unborn.ts";
import type { Backup } from "./backup.ts";
import { namedByAll } from "./diagnose.ts";
import type { ExaminedStore } from "./examined-run.ts";
import type { Finding } from "./finding.ts";
import { narrow, wideInStore } from "./permissions.ts";
import { unreferencedObjects } from "./unreferenced.ts";

/** Mends what belongs to no run, while no run can be started. `RUN_OWNED` if one is being started, or has to be left alone. */
export function mendStore(store: ExaminedStore, found: readonly Finding[], backup: Backup): void {
  const { world, place } = store;
  const lock = tryLockStarts(world, place);
  if (lock === undefined) throw owned("a process is starting a run; what belongs to no run was left alone");
  try {
    narrow(world.disk, wideInStore(world.disk, place.layout));
    removeLeftOvers(store, found, backup);
    if (found.some(({ code }) => code === "OBJECTS_UNREFERENCED")) moveUnreferenced(store, backup);
  } finally {
    lock.release();
  }
}

function removeLeftOvers({ world, place }: ExaminedStore, found: readonly Finding[], backup: Backup): void {
  for (const { code, file } of found) {
    if (code === "TEMPORARY_LEFT" && file !== undefined) backup.copy(file);
    if (code === "RUN_UNBORN" && file !== undefined && world.disk.stat(file) !== undefined) backup.copyTree(file);
  }
  sweepStore(world, place.layout);
  syncShared(world, place.layout);
  removeUnbornRuns(world, place, () => {});
}

/**
 * Every run is kept from being worked on meanwhile: one that is may be about to name an object that is not named yet. The
 * objects are not deleted but moved.
 */
function moveUnreferenced(store: ExaminedStore, backup: Backup): void {
  const { world, place } = store;
  const locks: WriterLock[] = [];
  try {
    for (const runId of runIds(world, place)) locks.push(hold(store, runId));
    for (const file of unreferencedObjects(store, namedByAll(store))) backup.move(file);
  } finally {
    for (const lock of locks) lock.release();
  }
}

function hold({ world, place }: ExaminedStore, runId: string): WriterLock {
  const lock = holdLock(world.disk, place.layout.run(runId).lock);
  if (lock === undefined) throw owned(`${runId} is being worked on, so unreferenced objects were left alone`);
  return lock;
}

function owned(sentence: string): RunledgerError {
  return new RunledgerError("RUN_OWNED", sentence, { hint: "Type it again when that process has ended." });
}
