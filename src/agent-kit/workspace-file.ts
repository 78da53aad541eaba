import path from "node:path";
import { artifactPlace } from "../agent/artifact-path.ts";
import type { Disk } from "../durable/disk.ts";
import { isTemporaryOf, replaceFile } from "../durable/replace.ts";
import type { Randomness } from "../ports.ts";
import { failure } from "./failure.ts";

interface WorkspaceFile {
  readonly disk: Disk;
  readonly randomness: Randomness;
  /** Absolute, symlinks resolved. */
  readonly workspace: string;
  /** Relative to the workspace. */
  readonly path: string;
  /** Names the temporary, so that it is known whose it is if it is left behind. */
  readonly owner: string;
  /** An earlier attempt may have been killed while it wrote the same file. */
  readonly mayBeLeftBehind: boolean;
}

/**
 * Replaces a file of the workspace in one step; missing directories are made. An existing file keeps its permissions.
 * Durable when this returns. Throws `OUTPUT_PATH_INVALID`, `OUTPUT_OUTSIDE_WORKSPACE`, `OUTPUT_NOT_A_FILE`, or the system's error.
 */
export function writeWorkspaceFile(options: WorkspaceFile, content: string | Uint8Array): void {
  const { disk, randomness, workspace, owner } = options;
  const file = fileOf(options, makeParents);
  if (options.mayBeLeftBehind) removeTemporaries(disk, file, owner);
  const permissions = disk.stat(file)?.mode ?? 0o666;
  replaceFile(disk, randomness, file, Buffer.from(content), owner, permissions);
  for (let at = path.dirname(file); at !== workspace && at !== path.dirname(at); at = path.dirname(at)) {
    disk.syncDirectory(path.dirname(at));
  }
}

/** Where the file lies. It is looked at again after `prepare`, which makes what is missing. */
function fileOf(options: WorkspaceFile, prepare: (options: WorkspaceFile) => void): string {
  const { disk, workspace, path: relative } = options;
  const checked = () => {
    const place = artifactPlace(disk, workspace, relative);
    if (place.kind === "refused") throw failure(`OUTPUT_${place.code}`, `${relative}: ${place.reason}`);
    return place.kind === "file" ? place.file : undefined;
  };
  const known = checked();
  if (known !== undefined) return known;
  prepare(options);
  // A directory that was there may be a symlink to elsewhere inside.
  return checked() ?? path.join(disk.realPath(path.dirname(path.join(workspace, relative))), path.basename(relative));
}

/** One after the other: each must lie inside before anything is made in it. */
function makeParents({ disk, workspace, path: relative }: WorkspaceFile): void {
  const names = relative.split("/").slice(0, -1);
  for (const [index] of names.entries()) {
    const directory = names.slice(0, index + 1).join("/");
    const place = artifactPlace(disk, workspace, `${directory}/-`);
    if (place.kind === "refused") throw failure(`OUTPUT_${place.code}`, `${relative}: ${place.reason}`);
    makeDirectory(disk, path.join(workspace, directory), relative);
  }
}

function makeDirectory(disk: Disk, directory: string, relative: string): void {
  try {
    disk.makeDirectory(directory, 0o777);
  } catch (cause) {
    throw failure("OUTPUT_NOT_A_FILE", `${relative}: ${directory} cannot be made a directory (${String(cause)})`);
  }
}

function removeTemporaries(disk: Disk, file: string, owner: string): void {
  const directory = path.dirname(file);
  const prefix = `.${path.basename(file)}.`;
  for (const { name } of disk.list(directory)) {
    if (name.startsWith(prefix) && isTemporaryOf(name, owner)) disk.unlink(path.join(directory, name));
  }
}
