import type { DirectoryEntry, Disk } from "../durable/disk.ts";
import { type Globs, globsOf } from "./globs.ts";
import { comparePaths } from "./path-order.ts";
import { readRefusal } from "./read-refusal.ts";

/**
 * The regular files below `root` whose paths match one of `globs`, sorted by the bytes of the path. What ignore files name
 * is found too: results of earlier steps often are. Never looked into: `.git`, `node_modules`, `skipped` (absolute paths).
 * Symlinks are not followed. `undecodable`: names that are not UTF-8, where they might match.
 */
export function matchingFiles(
  disk: Disk,
  root: string,
  globs: readonly string[],
  skipped: readonly string[],
): { files: string[]; undecodable: string[] } {
  const found: Found = { disk, root, globs: globsOf(globs, []), skipped, files: [], undecodable: [] };
  look(found, "");
  return { files: found.files.sort(comparePaths), undecodable: found.undecodable };
}

interface Found {
  readonly disk: Disk;
  readonly root: string;
  readonly globs: Globs;
  readonly skipped: readonly string[];
  readonly files: string[];
  readonly undecodable: string[];
}

function look(found: Found, directory: string): void {
  for (const entry of listed(found, directory)) {
    const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
    if (isSkipped(found, path, entry)) continue;
    const isDirectory = entry.kind === "directory";
    if (isDirectory ? !found.globs.mayInclude(path) : !found.globs.includes(path)) continue;
    if (!entry.utf8) found.undecodable.push(path);
    else if (isDirectory) look(found, path);
    else if (entry.kind === "file") found.files.push(path);
  }
}

function isSkipped({ root, skipped }: Found, path: string, { name }: DirectoryEntry): boolean {
  return name === ".git" || name === "node_modules" || skipped.includes(`${root}/${path}`);
}

/** A directory that has disappeared meanwhile has no files. */
function listed({ disk, root }: Found, directory: string): DirectoryEntry[] {
  const absolute = directory === "" ? root : `${root}/${directory}`;
  try {
    return disk.list(absolute);
  } catch (error) {
    if (disk.stat(absolute) === undefined) return [];
    throw readRefusal(absolute, error);
  }
}
