import { compareSnapshots, type SnapshotDifference } from "../snapshot/compare.ts";
import type { Manifest } from "../snapshot/manifest.ts";
import { loadManifest } from "../snapshot/manifest-store.ts";
import { refuseNoText } from "./place/given-text.ts";
import { findPlace, type PlaceOptions } from "./place/store.ts";
import { systemWorld, type World } from "./place/world.ts";
import { manifestNow } from "./session/manifest-now.ts";

export interface SnapshotOptions extends PlaceOptions {
  /** Globs; only files that match one of them belong to the snapshot. None means all. */
  include?: readonly string[] | undefined;
  /** Globs; files that match one of them do not belong to it. */
  exclude?: readonly string[] | undefined;
  world?: World | undefined;
}

/**
 * The snapshot of the workspace as it is now. Nothing is written: the cache of the store is read and left alone.
 *
 * `FILE_NOT_FOUND`, `SNAPSHOT_PATH_INVALID`, `SNAPSHOT_UNSTABLE`, `PERMISSION`, `READ_FAILED`.
 */
export async function captureSnapshot(options: SnapshotOptions = {}): Promise<Manifest> {
  const { world = systemWorld, include = [], exclude = [] } = options;
  const globs = { include: [...include], exclude: [...exclude] };
  return manifestNow(world, findPlace(world, options), globs, "read-only");
}

/**
 * The manifest that the store keeps for `snapshotId`, checked. `SNAPSHOT_NOT_FOUND`, `RECORD_DAMAGED`, `FORMAT_NEWER`.
 */
export function loadSnapshot(snapshotId: string, options: SnapshotOptions = {}): Manifest {
  refuseNoText("snapshotId", snapshotId, which("loadSnapshot"));
  return manifestOf(snapshotId, options);
}

/** What happened to the workspace since a snapshot of the store was taken, under the globs of that snapshot. */
export async function compareWithSnapshot(
  snapshotId: string,
  options: SnapshotOptions = {},
): Promise<{ before: Manifest; after: Manifest; difference: SnapshotDifference }> {
  refuseNoText("snapshotId", snapshotId, which("compareWithSnapshot"));
  const before = manifestOf(snapshotId, options);
  const { include, exclude } = before.rules;
  const after = await captureSnapshot({ ...options, include, exclude });
  return { before, after, difference: compareSnapshots(before, after) };
}

function manifestOf(snapshotId: string, options: SnapshotOptions): Manifest {
  const { world = systemWorld } = options;
  return loadManifest(world.disk, findPlace(world, options).layout, snapshotId);
}

function which(called: string): string {
  return `Say which snapshot is meant: ${called}("snap-4f53cda18c2b")`;
}
