import path from "node:path";
import type { Disk } from "../durable/disk.ts";
import { errnoOf } from "../errors.ts";

/** Where an artifact lies, or why it may not be looked at. */
export type ArtifactPlace =
  | { readonly kind: "file" /** Absolute, with the symlinks of its directories resolved. */; readonly file: string }
  | { readonly kind: "missing" }
  | {
      readonly kind: "refused";
      readonly code: "PATH_INVALID" | "OUTSIDE_WORKSPACE" | "NOT_A_FILE";
      readonly reason: string;
    };

/**
 * Finds the artifact `relative` below `workspace` (absolute, symlinks resolved). Symlinks on the way are followed as long
 * as they stay inside; the artifact itself must be a regular file, so that nobody can name /etc/passwd, a pipe or a device.
 */
export function artifactPlace(disk: Disk, workspace: string, relative: string): ArtifactPlace {
  const reason = pathFault(relative);
  if (reason !== undefined) return { kind: "refused", code: "PATH_INVALID", reason };
  const directory = realDirectory(disk, path.dirname(path.join(workspace, relative)));
  if (directory === undefined) return { kind: "missing" };
  if (!isInside(directory, workspace)) {
    return {
      kind: "refused",
      code: "OUTSIDE_WORKSPACE",
      reason: `a symlink leads out of the workspace to ${directory}`,
    };
  }
  // Below a file there is nothing.
  if (disk.stat(directory)?.kind !== "directory") return { kind: "missing" };
  const file = path.join(directory, path.basename(relative));
  const kind = disk.stat(file)?.kind;
  if (kind === undefined) return { kind: "missing" };
  if (kind === "file") return { kind: "file", file };
  return {
    kind: "refused",
    code: "NOT_A_FILE",
    reason: `it is no regular file but ${kind === "other" ? "special" : `a ${kind}`}`,
  };
}

/** What is wrong with a path, whatever is on the disk; undefined if it is relative, plain and has one spelling. */
function pathFault(relative: string): string | undefined {
  if (relative.startsWith("/")) return "it is absolute; paths are relative to the workspace";
  if (relative.includes("\0") || !relative.isWellFormed()) return "it has characters that no file name can have";
  const parts = relative.split("/");
  if (parts.includes("..")) return "it contains '..'";
  if (parts.includes("") || parts.includes(".")) return "it has empty or '.' parts; write it as a/b/c";
  return undefined;
}

/** Undefined if it is not there. A loop of symlinks leads nowhere. */
function realDirectory(disk: Disk, directory: string): string | undefined {
  try {
    return disk.realPath(directory);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"].includes(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
}

function isInside(directory: string, workspace: string): boolean {
  return directory === workspace || directory.startsWith(workspace.endsWith("/") ? workspace : `${workspace}/`);
}
