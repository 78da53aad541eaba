import type { Disk, FileStat } from "../durable/disk.ts";
import { errnoOf, RunledgerError } from "../errors.ts";
import { chunks } from "../ledger/rewrite.ts";
import { hashFile } from "../snapshot/hash.ts";

/** An artifact is at most this large: 1 GiB. */
const maxArtifactBytes = 1_073_741_824;

/** A content that is durable, or why there is none. */
export type Hashed =
  | { readonly sha256: string; readonly size: number }
  | { readonly code: "TOO_LARGE" | "UNREADABLE" | "UNSTABLE"; readonly reason: string };

/**
 * The hash of a regular file, which is durable then. The content that was hashed is the content that was synced: nothing changed from before the one until after the other.
 * Throws `WRITE_FAILED` if it cannot be synced.
 */
export function hashDurably(disk: Disk, file: string): Hashed {
  const before = disk.stat(file);
  if (before !== undefined && before.sizeBytes > maxArtifactBytes) {
    return { code: "TOO_LARGE", reason: `it has ${before.sizeBytes} bytes; at most ${maxArtifactBytes} are allowed` };
  }
  try {
    const hashed = hashFile(disk, file);
    const after = syncedFile(disk, file);
    if (before !== undefined && isUnchanged(before, after)) return hashed;
  } catch (error) {
    if (error instanceof RunledgerError && error.code === "PERMISSION") {
      return { code: "UNREADABLE", reason: error.message };
    }
    const isGone = error instanceof RunledgerError && ["FILE_NOT_FOUND", "SNAPSHOT_UNSTABLE"].includes(error.code);
    if (!isGone) throw error;
  }
  return { code: "UNSTABLE", reason: "it changed while it was read; what still writes to it?" };
}

function syncedFile(disk: Disk, path: string): FileStat {
  const file = disk.open(path, "read");
  try {
    const afterFailure = () => prepareNextSync(disk, path);
    synced(path, () => file.sync(), afterFailure);
    return file.stat();
  } finally {
    file.close();
  }
}

/**
 * A failed sync leaves pages that the system takes for clean: if the step finds its output and leaves it as it is, the
 * next sync succeeds and writes nothing. So the same bytes are written again, which makes them dirty. Says what else is to
 * be done.
 */
function prepareNextSync(disk: Disk, path: string): string {
  try {
    writeAgain(disk, path);
    return mendAndResume;
  } catch {
    return `Mend the disk and remove ${path}, which the step makes anew; then resume the run.`;
  }
}

function writeAgain(disk: Disk, path: string): void {
  const file = disk.open(path, "update");
  try {
    for (const { bytes, at } of chunks(file, 0, file.stat().sizeBytes)) file.write(bytes, at);
  } finally {
    file.close();
  }
}

function isUnchanged(before: FileStat, after: FileStat): boolean {
  return (
    before.inode === after.inode &&
    before.sizeBytes === after.sizeBytes &&
    before.modifiedMs === after.modifiedMs &&
    before.changedMs === after.changedMs
  );
}

const mendAndResume = "Mend the disk, then resume the run.";

/** Does what makes `path` durable; an error of it is `WRITE_FAILED`, with the hint that `afterFailure` gives. */
export function synced(path: string, sync: () => void, afterFailure = () => mendAndResume): void {
  try {
    sync();
  } catch (cause) {
    const errno = errnoOf(cause) ?? "unknown error";
    throw new RunledgerError("WRITE_FAILED", `${path} could not be made durable (${errno})`, {
      hint: afterFailure(),
      details: { file: path, errno },
      cause,
    });
  }
}
