import type { Disk, DiskFile } from "../durable/disk.ts";
import { errnoOf, RunledgerError, readFailureCode } from "../errors.ts";
import { isSha256, startSha256 } from "../idempotency/digest.ts";
import type { ObjectRef } from "../protocol/fields.ts";

const chunkBytes = 256 * 1024;

/**
 * Reads the file at `path` in chunks and says what is wrong with it as the content of `ref`; undefined if it is sound.
 * `consume` gets every chunk (valid only during the call) before the verdict, but none of a file of another size.
 * Faults: `OBJECT_NOT_FOUND`, `OBJECT_DAMAGED` (details `expected`, `got`), `PERMISSION`, `READ_FAILED`.
 */
export function contentFault(
  disk: Disk,
  path: string,
  ref: ObjectRef,
  consume: (chunk: Uint8Array) => void,
): RunledgerError | undefined {
  const { sha256, size } = ref.$object;
  try {
    const stat = disk.stat(path);
    if (stat === undefined) return missing(sha256);
    if (stat.kind !== "file") return damaged(sha256, path, "a file", `a ${stat.kind}`);
    const file = disk.open(path, "read");
    try {
      const { sizeBytes } = file.stat();
      if (sizeBytes !== size) return damaged(sha256, path, `${size} bytes`, `${sizeBytes} bytes`);
      const got = digestOf(file, consume);
      return got === sha256 ? undefined : damaged(sha256, path, sha256, got);
    } finally {
      file.close();
    }
  } catch (error) {
    return errnoOf(error) === "ENOENT" ? missing(sha256) : unreadable(sha256, path, error);
  }
}

/** Hostile: an address such as `sha256:../../x` would name a file outside the store. */
export function addressFault(ref: ObjectRef): RunledgerError | undefined {
  const { sha256 } = ref.$object;
  if (isSha256(sha256)) return undefined;
  return new RunledgerError("OBJECT_DAMAGED", `not the address of an object: ${JSON.stringify(sha256)}`, {
    hint: "The ledger that names it is not as it was written: runledger verify",
    details: { sha256 },
  });
}

function digestOf(file: DiskFile, consume: (chunk: Uint8Array) => void): string {
  const hash = startSha256();
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let position = 0;
  for (let count = file.read(buffer, 0); count > 0; count = file.read(buffer, position)) {
    const chunk = buffer.subarray(0, count);
    hash.update(chunk);
    consume(chunk);
    position += count;
  }
  return `sha256:${hash.digest("hex")}`;
}

function missing(sha256: string): RunledgerError {
  return new RunledgerError("OBJECT_NOT_FOUND", `the object ${sha256} is not in the store`, {
    hint: "Restore it from a copy of the store; its content is known by the checksum.",
    details: { sha256 },
  });
}

function damaged(sha256: string, path: string, expected: string, got: string): RunledgerError {
  return new RunledgerError("OBJECT_DAMAGED", `the object ${path} is damaged: expected ${expected}, got ${got}`, {
    hint: "Restore it from a copy of the store; its content is known by the checksum.",
    details: { sha256, path, expected, got },
  });
}

function unreadable(sha256: string, path: string, cause: unknown): RunledgerError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new RunledgerError(readFailureCode(cause), `the object ${path} cannot be read: ${why}`, {
    hint: "Check the disk and the permissions of the store, then try again.",
    details: { sha256, path },
    cause,
  });
}
