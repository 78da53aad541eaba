import { errnoOf, RunledgerError } from "../errors.ts";
import type { Disk, DiskFile } from "./disk.ts";

/** Who holds a lock, for the message only: that the kernel lock is held is what counts. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** RFC 3339 UTC. */
  readonly started_at: string;
  readonly boot_id: string;
}

/** A held kernel lock: free when released, or the moment its process dies. The file stays. */
export interface WriterLock {
  release(): void;
}

/**
 * Takes the lock of the file at `path` (created if missing) and writes `owner` into it; undefined if another open
 * file, of this process or another, holds it. Throws `UNSUPPORTED` where kernel locks cannot be had.
 */
export function takeLock(disk: Disk, path: string, owner: LockOwner): WriterLock | undefined {
  return lockFile(disk, path, (file) => writeOwner(file, Buffer.from(`${JSON.stringify(owner)}\n`)));
}

/** {@link takeLock} for who only keeps others out: what is written in the lock, of its last owner, stays. */
export function holdLock(disk: Disk, path: string): WriterLock | undefined {
  return lockFile(disk, path, () => {});
}

/** Puts back what the lock said before it was taken; to be called while it is held. */
export function restoreOwner(disk: Disk, path: string, before: Uint8Array): void {
  const file = disk.open(path, "lock");
  try {
    writeOwner(file, before);
  } finally {
    file.close();
  }
}

function lockFile(disk: Disk, path: string, onTaken: (file: DiskFile) => void): WriterLock | undefined {
  const file = disk.open(path, "lock");
  try {
    if (!tryLock(file)) {
      file.close();
      return undefined;
    }
    onTaken(file);
    return { release: () => closeLock(file) };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** What the lock's file says of its last holder; undefined if there is nothing readable. A hint, never a proof. */
export function readLockOwner(disk: Disk, path: string): LockOwner | undefined {
  try {
    const owner = JSON.parse(Buffer.from(disk.readFile(path)).toString()) as LockOwner;
    return typeof owner.pid === "number" ? owner : undefined;
  } catch {
    return undefined;
  }
}

function tryLock(file: DiskFile): boolean {
  try {
    return file.tryLock();
  } catch (cause) {
    if (cause instanceof RunledgerError) throw cause;
    throw new RunledgerError("UNSUPPORTED", `${file.path}: this file system has no kernel locks (${errnoOf(cause)})`, {
      hint: "Put the store on a local file system: --store DIR or RUNLEDGER_DIR.",
      cause,
    });
  }
}

/**
 * close(2) frees the lock also when it reports an error (of writing who holds it, which decides nothing): a run is not
 * refused for that, and no other lock is left held.
 */
function closeLock(file: DiskFile): void {
  try {
    file.close();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

function writeOwner(file: DiskFile, bytes: Uint8Array): void {
  file.truncate(0);
  file.write(bytes, 0);
}
