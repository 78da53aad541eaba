import path from "node:path";
import type { DirectoryEntry } from "../../durable/disk.ts";
import { agentMemory, isPathId, type RunLayout, type StoreLayout } from "../../durable/layout.ts";
import { isTemporaryOf, ownerOf } from "../../durable/replace.ts";
import type { Place } from "./store.ts";
import type { World } from "./world.ts";

/** Removes the temporaries of `runId` in its own and the store's directories, if a crash left any. Returns how many. */
export function sweepTemporaries(world: World, place: Place, runId: string, taskId?: string): number {
  const { layout } = place;
  const run = layout.run(runId);
  const directories = [run.directory, ...shared(layout), ...agentDirectories(world, run)];
  if (taskId !== undefined) directories.push(run.receiptsOf(taskId));
  const ofRun = directories.reduce((count, directory) => count + sweepDirectory(world, directory, runId), 0);
  syncShared(world, layout);
  return ofRun + sweepCache(world, layout);
}

/** Agents write there, and are ended in the middle of it. */
function agentDirectories({ disk }: World, { agents }: RunLayout): string[] {
  if (disk.stat(agents) === undefined) return [];
  const states = disk.list(agents).map(({ name }) => path.join(agents, name));
  return states.flatMap((state) => [state, agentMemory(state).directory]);
}

/** Removes the temporaries that belong to no run, or to one that is not there. The caller holds the start lock. */
export function sweepStore(world: World, layout: StoreLayout): void {
  sweepDirectory(world, layout.store, "store");
  sweepCache(world, layout);
  for (const directory of shared(layout)) sweepOrphans(world, layout, directory);
  syncShared(world, layout);
}

/** Where all runs of the store write. */
function shared({ snapshots, objects }: StoreLayout): string[] {
  return [snapshots, objects];
}

/**
 * Who died there had made directories; who failed there has removed what it began, and a power cut would bring it back when
 * nobody sweeps any more: neither was synced. (The store itself is, when a ledger is opened.)
 */
function syncShared({ disk }: World, layout: StoreLayout): void {
  const directories = [...shared(layout), path.dirname(layout.objects)];
  for (const directory of directories) if (disk.stat(directory) !== undefined) disk.syncDirectory(directory);
}

/** A power cut may take the folder of a run along and leave what it began elsewhere. */
function sweepOrphans(world: World, layout: StoreLayout, directory: string): void {
  if (world.disk.stat(directory) === undefined) return;
  const orphans = world.disk.list(directory).filter(({ name }) => {
    const owner = ownerOf(name);
    return owner !== undefined && isPathId(owner) && world.disk.stat(layout.run(owner).directory) === undefined;
  });
  remove(world, directory, orphans);
}

/** Whoever is writing the cache at this moment goes on without it. */
function sweepCache(world: World, layout: StoreLayout): number {
  return sweepDirectory(world, layout.cache, "store");
}

function sweepDirectory(world: World, directory: string, runId: string): number {
  if (world.disk.stat(directory) === undefined) return 0;
  const left = world.disk.list(directory).filter((entry) => isTemporaryOf(entry.name, runId));
  remove(world, directory, left);
  return left.length;
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
