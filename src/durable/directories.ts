import path from "node:path";
import type { Disk } from "./disk.ts";

/**
 * Creates `directory` and its missing parents below (and including) `store`. Their entries are durable only after
 * {@link syncDirectories}.
 */
export function makeDirectories(disk: Disk, store: string, directory: string): void {
  for (const each of directoriesFrom(store, directory)) disk.makeDirectory(each);
}

/**
 * Every directory from each of `directories` up to and including the one that contains the store is durable. Called by
 * every life that opens a run, not only by the one that created it: that one may have been killed before its sync.
 */
export function syncDirectories(disk: Disk, store: string, ...directories: readonly string[]): void {
  const all = new Set(directories.flatMap((directory) => directoriesFrom(store, directory)));
  for (const each of [...all].reverse()) disk.syncDirectory(each);
  disk.syncDirectory(path.dirname(store));
}

/** Creates `directory` and whatever of the path to it is missing; durable when this returns. */
export function makeParents(disk: Disk, directory: string): void {
  if (disk.stat(directory) !== undefined) return;
  makeParents(disk, path.dirname(directory));
  disk.makeDirectory(directory);
  disk.syncDirectory(path.dirname(directory));
}

/** `store`, … , `directory`: outermost first. */
function directoriesFrom(store: string, directory: string): string[] {
  const relative = path.relative(store, directory);
  const names = relative === "" ? [] : relative.split(path.sep);
  return [store, ...names.map((_, index) => path.join(store, ...names.slice(0, index + 1)))];
}
