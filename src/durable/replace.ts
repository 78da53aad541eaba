import path from "node:path";
import { type Randomness, randomHex } from "../ports.ts";
import type { Disk } from "./disk.ts";

/**
 * Replaces the file at `target` by `bytes`: a reader sees the old content or the new, never a part. Whole and durable
 * when this returns. If it throws or the process dies, `target` is untouched or replaced, and a temporary
 * `.<name>.<owner>.<8 hex>.tmp` may be left, which the owner sweeps.
 *
 * `owner` is the id of the run that writes (or `store` for what belongs to no run). `permissions`: of the new file, less the
 * umask; 0600 unless told otherwise.
 */
export function replaceFile(
  disk: Disk,
  randomness: Randomness,
  target: string,
  bytes: Uint8Array,
  owner: string,
  permissions?: number,
): void {
  const directory = path.dirname(target);
  const temporary = path.join(directory, `.${path.basename(target)}.${owner}.${randomHex(randomness, 4)}.tmp`);
  const file = disk.open(temporary, "create", permissions);
  try {
    file.write(bytes, 0);
    file.sync();
    file.close();
    disk.rename(temporary, target);
  } catch (error) {
    file.close();
    removeQuietly(disk, temporary);
    throw error;
  }
  disk.syncDirectory(directory);
}

/** True for the names that {@link replaceFile} gives its temporaries for `owner`. */
export function isTemporaryOf(name: string, owner: string): boolean {
  return name.startsWith(".") && name.endsWith(".tmp") && name.includes(`.${owner}.`);
}

/** Whose temporary a name is; undefined if it is none. (An owner is a run's id, and has no dots.) */
export function ownerOf(name: string): string | undefined {
  return /^\..*\.([^.]+)\.[0-9a-f]{8}\.tmp$/.exec(name)?.[1];
}

/** The error that led here is the one to report; what is left is swept by the next life. */
function removeQuietly(disk: Disk, file: string): void {
  try {
    disk.unlink(file);
  } catch {}
}
