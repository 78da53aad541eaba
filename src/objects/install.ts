import path from "node:path";
import { makeDirectories, syncDirectories } from "../durable/directories.ts";
import type { Disk } from "../durable/disk.ts";
import type { StoreLayout } from "../durable/layout.ts";
import type { RunledgerError } from "../errors.ts";
import { type Randomness, randomHex } from "../ports.ts";
import type { ObjectRef } from "../protocol/fields.ts";
import { contentFault } from "./content.ts";

/** Where objects are written, and for whom. */
export interface ObjectPlace {
  readonly disk: Disk;
  readonly randomness: Randomness;
  readonly layout: StoreLayout;
  /** The id of the run that writes. It names the temporaries, so that the run can sweep its own. */
  readonly owner: string;
}

/**
 * True if the object is there and sound, and then durable: whoever wrote it may have been killed before the
 * directories were synced. What `beforeSync` removes from them is gone for good.
 */
export function settleExisting(place: ObjectPlace, ref: ObjectRef, beforeSync: () => void = () => {}): boolean {
  const target = place.layout.object(ref.$object.sha256);
  if (faultOf(place, target, ref) !== undefined) return false;
  beforeSync();
  syncFile(place.disk, target);
  syncDirectories(place.disk, place.layout.store, path.dirname(target));
  return true;
}

/**
 * Makes the file `temporary`, which is whole and durable, the object `ref`. Before the rename a crash leaves a
 * temporary; after it, an object that may be lost with the power until the directories are synced. A damaged object
 * that is in the way is kept beside it as `*.corrupt-<8 hex>`; a sound one comes from another run, at this moment, and
 * is replaced by its like.
 */
export function install(place: ObjectPlace, temporary: string, ref: ObjectRef): void {
  const { disk, layout, randomness } = place;
  const target = layout.object(ref.$object.sha256);
  makeDirectories(disk, layout.store, path.dirname(target));
  if (disk.stat(target) !== undefined && faultOf(place, target, ref) !== undefined) {
    disk.rename(target, `${target}.corrupt-${randomHex(randomness, 4)}`);
  }
  disk.rename(temporary, target);
  syncDirectories(disk, layout.store, path.dirname(target));
}

function faultOf({ disk }: ObjectPlace, target: string, ref: ObjectRef): RunledgerError | undefined {
  return contentFault(disk, target, ref, () => {});
}

function syncFile(disk: Disk, file: string): void {
  const handle = disk.open(file, "read");
  try {
    handle.sync();
  } finally {
    handle.close();
  }
}
