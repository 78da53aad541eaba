import type { Disk, DiskFile, FileStat } from "../durable/disk.ts";
import { errnoOf, RunledgerError } from "../errors.ts";
import { sha256, startSha256 } from "../idempotency/digest.ts";
import { readRefusal } from "./read-refusal.ts";

/** A regular file's content, and by what it will be recognised as unchanged. */
export interface FileFacts {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly inode: number;
  readonly modifiedMs: number;
  readonly changedMs: number;
}

/**
 * The checksum (`sha256:<64 hex>`) and size in bytes of the regular file at `path`, in constant memory.
 *
 * `FILE_NOT_FOUND` if there is none (a symlink is not followed), `SNAPSHOT_UNSTABLE` if it changes while it is read,
 * three times in a row, `PERMISSION`, `READ_FAILED`.
 */
export function hashFile(disk: Disk, path: string): { sha256: string; size: number } {
  const kind = disk.stat(path)?.kind;
  const facts = kind === "file" ? readFacts(disk, path) : "gone";
  if (typeof facts === "object") return { sha256: facts.sha256, size: facts.sizeBytes };
  throw new RunledgerError("FILE_NOT_FOUND", `no regular file at ${path}${kind ? `, but a ${kind}` : ""}`, {
    hint: `Look at what is there: ls -ld '${path}'`,
    details: { path },
  });
}

const maxTries = 3;

/**
 * The facts of a file that was a regular one a moment ago; "gone" if it is, "large" if it has more bytes than `mostBytes`
 * and was not read. Refusals as {@link hashFile}.
 */
export function readFacts(
  disk: Disk,
  path: string,
  mostBytes = Number.POSITIVE_INFINITY,
): FileFacts | "gone" | "large" {
  for (let tries = 1; tries <= maxTries; tries++) {
    const outcome = readOnce(disk, path, mostBytes);
    if (outcome !== "changed") return outcome;
  }
  throw new RunledgerError("SNAPSHOT_UNSTABLE", `${path} changed while it was read, ${maxTries} times in a row`, {
    hint: "Stop what writes to it, or leave it out with a line in .runledgerignore, and try again.",
    details: { path, tries: maxTries },
  });
}

function readOnce(disk: Disk, path: string, mostBytes: number): FileFacts | "gone" | "large" | "changed" {
  try {
    const file = disk.open(path, "read-unfollowed");
    try {
      return readOpened(file, mostBytes);
    } finally {
      file.close();
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== "ENOENT" && errno !== "ELOOP") throw readRefusal(path, error);
    return disk.stat(path) === undefined ? "gone" : "changed";
  }
}

/** A file that is renamed, replaced or removed meanwhile has changed too: the time of its last change says so. */
function readOpened(file: DiskFile, mostBytes: number): FileFacts | "large" | "changed" {
  const before = file.stat();
  if (before.kind !== "file") return "changed";
  if (before.sizeBytes > mostBytes) return "large";
  const content = digestContent(file, before.sizeBytes);
  const after = file.stat();
  if (content.sizeBytes !== before.sizeBytes || !isUnchanged(before, after)) return "changed";
  return factsOf(content.sha256, after);
}

function factsOf(sha256: string, stat: FileStat): FileFacts {
  const { sizeBytes, mode, inode, modifiedMs, changedMs } = stat;
  return { sha256, sizeBytes, mode, inode, modifiedMs, changedMs };
}

function isUnchanged(before: FileStat, now: FileStat): boolean {
  return (
    now.sizeBytes === before.sizeBytes && now.modifiedMs === before.modifiedMs && now.changedMs === before.changedMs
  );
}

/** Shared by all calls of this thread: every use of it is over before the next begins. */
const buffer = Buffer.allocUnsafeSlow(256 * 1024);

function digestContent(file: DiskFile, expectedBytes: number): { sha256: string; sizeBytes: number } {
  if (expectedBytes > buffer.length) return digestLarge(file);
  let sizeBytes = 0;
  while (sizeBytes < expectedBytes) {
    const count = file.read(sizeBytes === 0 ? buffer : buffer.subarray(sizeBytes), sizeBytes);
    if (count === 0) break;
    sizeBytes += count;
  }
  return { sha256: sha256(buffer.subarray(0, sizeBytes)), sizeBytes };
}

function digestLarge(file: DiskFile): { sha256: string; sizeBytes: number } {
  const hash = startSha256();
  let sizeBytes = 0;
  for (;;) {
    const count = file.read(buffer, sizeBytes);
    if (count === 0) return { sha256: `sha256:${hash.digest("hex")}`, sizeBytes };
    hash.update(buffer.subarray(0, count));
    sizeBytes += count;
  }
}
