import path from "node:path";
import type { DirectoryEntry, Disk } from "../../durable/disk.ts";
import { agentMemory, isPathId, type RunLayout, type StoreLayout } from "../../durable/layout.ts";
import { isTemporaryOf, ownerOf } from "../../durable/replace.ts";
import type { Place } from "./store.ts";
import type { World } from "./world.ts";

/** Removes the temporaries of `runId` in its own and the store's directories, if a crash left any. */
export function sweepTemporaries(world: World, place: Place, runId: string, taskId?: string): void {
  const { layout } = place;
  const run = layout.run(runId);
  const receipts = taskId === undefined ? [] : [run.receiptsOf(taskId)];
  const directories = [run.directory, ...layout.shared, ...agentDirectories(world, run), ...receipts];
  for (const directory of directories) sweepDirectory(world, directory, runId);
  sweepCache(world, layout);
}

/** Agents write there, and are ended in the middle of it. */
function agentDirectories({ disk }: World, { agents }: RunLayout): string[] {
  return entriesIn(disk, agents).flatMap(({ name }) => {
    const state = path.join(agents, name);
    return [state, agentMemory(state).directory];
  });
}

/** Removes the temporaries that belong to no run, or to one that is not there. The caller holds the start lock. */
export function sweepStore(world: World, layout: StoreLayout): void {
  sweepDirectory(world, layout.store, "store");
  sweepCache(world, layout);
  for (const directory of layout.shared) sweepOrphans(world, layout, directory);
}

/**
 * The directories where all runs write are durable as they are now. Whoever died there may have made one of them, and
 * whoever failed there has removed what it began, both without a sync: after a power cut the first might be gone, and
 * the second be back when nobody sweeps any more.
 */
export function syncShared({ disk }: World, layout: StoreLayout): void {
  for (const directory of layout.shared) if (disk.stat(directory) !== undefined) disk.syncDirectory(directory);
}

/** A power cut may take the folder of a run along and leave what it began elsewhere. */
function sweepOrphans(world: World, layout: StoreLayout, directory: string): void {
  const orphans = entriesIn(world.disk, directory).filter(({ name }) => {
    const owner = ownerOf(name);
    return owner !== undefined && isPathId(owner) && world.disk.stat(layout.run(owner).directory) === undefined;
  });
  remove(world, directory, orphans);
}

/** Whoever is writing the cache at this moment goes on without it. It is disposable: where it cannot be swept, it is left. */
function sweepCache(world: World, layout: StoreLayout): void {
  try {
    sweepDirectory(world, layout.cache, "store");
  } catch {}
}

function sweepDirectory(world: World, directory: string, runId: string): void {
  const left = entriesIn(world.disk, directory).filter((entry) => isTemporaryOf(entry.name, runId));
  remove(world, directory, left);
}

function entriesIn(disk: Disk, directory: string): DirectoryEntry[] {
  return disk.stat(directory) === undefined ? [] : disk.list(directory);
}

/** Without the sync a power cut would bring them back, when nobody sweeps here any more. */
function remove(world: World, directory: string, left: readonly DirectoryEntry[]): void {
  for (const { name } of left) world.disk.unlink(path.join(directory, name));
  if (left.length > 0) world.disk.syncDirectory(directory);
}

/**
 * Removes a folder that never became a run: its process died before entry 1 was durable. The caller holds its lock and
 * knows that there is no entry in it.
 */
export function removeUnborn(world: World, run: RunLayout): void {
  removeTree(world, run.directory);
  world.disk.syncDirectory(path.dirname(run.directory));
}

/** Removes a directory with all that is in it. Not durable before a sync of its parent. */
export function removeTree(world: World, directory: string): void {
  for (const { name, kind } of world.disk.list(directory)) {
    const each = path.join(directory, name);
    if (kind === "directory") removeTree(world, each);
    else world.disk.unlink(each);
  }
  world.disk.removeDirectory(directory);
}
