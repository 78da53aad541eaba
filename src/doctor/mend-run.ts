import { runToken } from "../agent/environment.ts";
import type { Disk } from "../durable/disk.ts";
import { replaceFile } from "../durable/replace.ts";
import { restoreOwner } from "../durable/writer-lock.ts";
import { randomHex } from "../ports.ts";
import { ownRun } from "../run/place/owner.ts";
import { namedSteps } from "../run/read/named-steps.ts";
import { clearUp, noteRecovery, openRun } from "../run/session/clear-up.ts";
import { retryRules } from "../run/session/flush-retries.ts";
import { saveManifest } from "../snapshot/manifest-store.ts";
import type { Backup } from "./backup.ts";
import { examineRun, runFindings } from "./diagnose.ts";
import type { ExaminedRun, ExaminedStore } from "./examined-run.ts";
import type { Finding } from "./finding.ts";
import { kindOf } from "./finding-codes.ts";
import { narrow, wideInRun } from "./permissions.ts";
import { rebuiltManifest } from "./rebuilt-manifest.ts";
import { rebuiltTask } from "./rebuilt-task.ts";

/**
 * Mends a run under its lock: what its dead process left is ended and removed, records are rebuilt, and the run is opened
 * as a resume opens it, which mends the rest. Nothing of its work is gone on with. `RUN_OWNED` while a process works on it.
 */
export async function mendRun(store: ExaminedStore, runId: string, backup: Backup): Promise<void> {
  await underLock(store, runId, async () => {
    // Again, for only now nobody else is at work.
    const examined = examineRun(store, runId, true);
    const found = (await runFindings(examined)).filter(({ fix }) => fix.possible);
    const opens = found.some(({ code }) => kindOf(code).opensRun === true);
    const { directory, agents, lock } = examined.run;
    if (opens) backup.copyTree(directory, (file) => file === agents || file === lock);
    for (const { file = directory } of found) backup.copy(file);
    narrow(store.world.disk, wideInRun(store.world.disk, store.place.layout, runId));
    await clearUpBehind(examined);
    await mendRecords(examined, found);
    if (opens) await openOnce(examined);
  });
}

/** Afterwards the lock says again who worked on the run last: that was not us. */
async function underLock({ world, place }: ExaminedStore, runId: string, work: () => Promise<void>): Promise<void> {
  const { disk } = world;
  const file = place.layout.run(runId).lock;
  const before = disk.stat(file) === undefined ? new Uint8Array() : disk.readFile(file);
  const lock = ownRun(world, place, runId);
  try {
    await work();
  } finally {
    putBack(disk, file, before);
    lock.release();
  }
}

/** What the lock says only serves messages: no reason to fail, or to keep the lock. */
function putBack(disk: Disk, file: string, before: Uint8Array): void {
  try {
    restoreOwner(disk, file, before);
  } catch {}
}

async function clearUpBehind({ world, place, runId, run, examination }: ExaminedRun): Promise<void> {
  const inode = world.disk.stat(run.directory)?.inode ?? 0;
  const life = { world, place, runId, taskId: examination.state?.taskId, options: {} };
  await clearUp(life, runToken(runId, inode));
}

/** What opening a run leaves as it is: records that it does not need, and copies that are no copies. */
async function mendRecords(examined: ExaminedRun, found: readonly Finding[]): Promise<void> {
  const { world, run } = examined;
  for (const { code, file, line } of found) {
    if (code === "RUN_STATE_DAMAGED") moveAside(examined, run.runState);
    if (code === "RECEIPT_EXTRA" && line === undefined && file !== undefined) moveAside(examined, file);
    if (code === "RECORD_DAMAGED" && file === run.task) writeTask(examined);
    else if (code === "RECORD_DAMAGED" || code === "SNAPSHOT_NOT_FOUND") await writeManifest(examined);
  }
  world.disk.syncDirectory(run.directory);
}

/** Kept, never deleted: somebody may want to know what it was. */
function moveAside({ world: { disk, randomness } }: ExaminedRun, file: string): void {
  if (disk.stat(file) !== undefined) disk.rename(file, `${file}.corrupt-${randomHex(randomness, 4)}`);
}

function writeTask(examined: ExaminedRun): void {
  const { world, run, runId } = examined;
  const task = rebuiltTask(examined);
  if (task === undefined) return;
  moveAside(examined, run.task);
  replaceFile(world.disk, world.randomness, run.task, Buffer.from(task), runId);
}

async function writeManifest(examined: ExaminedRun): Promise<void> {
  const { world, place, runId } = examined;
  const manifest = await rebuiltManifest(examined);
  if (manifest === undefined) return;
  saveManifest({ disk: world.disk, randomness: world.randomness, layout: place.layout, manifest, owner: runId });
}

/** The lock is the caller's, who gives it back. */
async function openOnce({ world, place, runId, examination }: ExaminedRun): Promise<void> {
  const taskId = examination.state?.taskId ?? "";
  const lock = { release: () => {} };
  const life = { world, place, runId, taskId, lock, retryRules: retryRules(world, {}), options: {} };
  const run = await openRun(life);
  await run.closeAfterwards(async () => {
    run.steps = namedSteps(world, run.layout) ?? [];
    await noteRecovery(run, life);
    run.copy.mend(run.state.head.hash);
  });
}
