import path from "node:path";
import type { RunLayout } from "../durable/layout.ts";
import { isTemporaryOf } from "../durable/replace.ts";
import type { Place } from "./store.ts";
import type { World } from "./world.ts";

/** Removes the temporaries of `runId` in its own and the store's directories, if a crash left any. Returns how many. */
export function sweepTemporaries(world: World, place: Place, runId: string, taskId?: string): number {
  const { layout } = place;
  const run = layout.run(runId);
  const directories = [run.directory, layout.snapshots, layout.objects];
  if (taskId !== undefined) directories.push(run.receiptsOf(taskId));
  return directories.reduce((count, directory) => count + sweepDirectory(world, directory, runId), 0);
}

function sweepDirectory(world: World, directory: string, runId: string): number {
  if (world.disk.stat(directory) === undefined) return 0;
  const left = world.disk.list(directory).filter((entry) => isTemporaryOf(entry.name, runId));
  for (const { name } of left) world.disk.unlink(path.join(directory, name));
  return left.length;
}

/**
 * Removes a folder that never became a run: its process died before entry 1 was durable. The caller holds its lock and
 * knows that there is no entry in it.
 */
export function removeUnborn(world: World, run: RunLayout): void {
  removeTree(world, run.directory);
  world.disk.syncDirectory(path.dirname(run.directory));
}

function removeTree(world: World, directory: string): void {
  for (const { name, kind } of world.disk.list(directory)) {
    const each = path.join(directory, name);
    if (kind === "directory") removeTree(world, each);
    else world.disk.unlink(each);
  }
  world.disk.removeDirectory(directory);
}
