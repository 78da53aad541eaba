import path from "node:path";
import type { Disk } from "./disk.ts";

/**
 * Creates `directory` and its missing parents below (and including) `top`. Their entries are durable only after
 * {@link syncDirectories}.
 */
export function makeDirectories(disk: Disk, top: string, directory: string): void {
  for (const each of directoriesFrom(top, directory)) disk.makeDirectory(each);
}

/**
 * Every directory from each of `directories` up to and including the one that contains `top` is durable. Called by
 * every life that opens a run, not only by the one that created it: that one may have been killed before its sync.
 */
export function syncDirectories(disk: Disk, top: string, ...directories: readonly string[]): void {
  const all = new Set(directories.flatMap((directory) => directoriesFrom(top, directory)));
  for (const each of [...all].reverse()) disk.syncDirectory(each);
  disk.syncDirectory(path.dirname(top));
}

/**
 * Creates `directory` and whatever of the path to it is missing; durable when this returns. So is the first one that is
 * there: the life that made it may have been killed before its sync.
 */
export function makeParents(disk: Disk, directory: string): void {
  const parent = path.dirname(directory);
  if (disk.stat(directory) === undefined) {
    makeParents(disk, parent);
    disk.makeDirectory(directory);
  }
  disk.syncDirectory(parent);
}

/** `top`, … , `directory`: outermost first. */
function directoriesFrom(top: string, directory: string): string[] {
  const relative = path.relative(top, directory);
  const names = relative === "" ? [] : relative.split(path.sep);
  return [top, ...names.map((_, index) => path.join(top, ...names.slice(0, index + 1)))];
}
