import { makeDirectories } from "../../durable/directories.ts";
import { replaceFile } from "../../durable/replace.ts";
import { takeLock, type WriterLock } from "../../durable/writer-lock.ts";
import { invariant } from "../../errors.ts";
import { newRunId } from "../../idempotency/identifiers.ts";
import { entryOf } from "../../ledger/call-record.ts";
import type { EventRecord } from "../../ledger/entry.ts";
import { ledgerFormat } from "../../ledger/first-entry.ts";
import { createLedger } from "../../ledger/open.ts";
import { externalize } from "../../objects/externalize.ts";
import { ObjectStore } from "../../objects/store.ts";
import type { Manifest } from "../../snapshot/manifest.ts";
import { saveManifest } from "../../snapshot/manifest-store.ts";
import { version } from "../../version.ts";
import { observe } from "../command/observe.ts";
import { runEvent } from "../command/records.ts";
import { lockOwner } from "../place/owner.ts";
import type { Place } from "../place/store.ts";
import type { World } from "../place/world.ts";
import type { Observer } from "./options.ts";

/** What a new run is of. */
export interface NewRun {
  readonly taskId: string;
  /** Canonical JSON of the resolved task, and its digest. */
  readonly taskJson: string;
  readonly taskDigest: string;
  readonly input: unknown;
  readonly manifest: Manifest;
}

export interface CreatedRun {
  readonly runId: string;
  readonly lock: WriterLock;
}

/**
 * Creates a run and takes its lock. Before entry 1 is durable there is no run, only a folder that the next start
 * removes; after it there is one, with manifest, task and all directories durable.
 */
export async function createRun(world: World, place: Place, run: NewRun, onEntry: Observer): Promise<CreatedRun> {
  const { disk, clock, randomness } = world;
  const { layout } = place;
  const runId = newRunId(clock, randomness);
  const files = layout.run(runId);
  makeDirectories(disk, layout.store, files.directory);
  const lock = takeLock(disk, files.lock, lockOwner(world));
  invariant(lock !== undefined, `nobody else knows of ${runId} yet`);
  try {
    saveManifest({ disk, randomness, layout, manifest: run.manifest, owner: runId });
    replaceFile(disk, randomness, files.task, Buffer.from(run.taskJson), runId);
    const objects = new ObjectStore({ disk, randomness, layout, owner: runId });
    const first = externalize(startedEvent(world, place, run, runId), objects);
    const ledger = { disk, clock, randomness, store: layout.store, run: files, bootId: world.host.bootId };
    await createLedger(ledger, first, (appended) => observe(clock, onEntry, entryOf(appended)));
    return { runId, lock };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function startedEvent(world: World, place: Place, run: NewRun, runId: string): EventRecord {
  return runEvent(world, { runId, taskId: run.taskId }, "run.started", {
    boot_id: world.host.bootId,
    format: ledgerFormat,
    ...(run.input === undefined ? {} : { input: run.input }),
    run_id: runId,
    runledger_version: version,
    snapshot_digest: run.manifest.digest,
    snapshot_id: run.manifest.snapshot_id,
    task_digest: run.taskDigest,
    task_id: run.taskId,
    workspace: place.workspace,
  });
}
