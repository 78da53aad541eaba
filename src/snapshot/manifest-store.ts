import { makeDirectories, syncDirectories } from "../durable/directories.ts";
import type { Disk } from "../durable/disk.ts";
import type { StoreLayout } from "../durable/layout.ts";
import { replaceFile } from "../durable/replace.ts";
import { errnoOf, RunledgerError, readFailureCode } from "../errors.ts";
import { type Randomness, randomHex } from "../ports.ts";
import { digestOf, type Manifest, snapshotIdOf } from "./manifest.ts";
import { checkedManifest } from "./manifest-check.ts";
import { comparePaths } from "./path-order.ts";

export interface SaveOptions {
  readonly disk: Disk;
  readonly randomness: Randomness;
  readonly layout: StoreLayout;
  readonly manifest: Manifest;
  /** The id of the run that saves it. */
  readonly owner: string;
}

/**
 * The manifest can be loaded by its id and is durable with its directories when this returns. One that is there
 * already with the same digest is read, checked and kept, with its own `created_at`; one that is damaged is moved
 * aside. Before that, a crash leaves either no manifest or a whole one, and perhaps a temporary of the owner.
 *
 * `SNAPSHOT_ID_COLLISION` if another digest is stored under the id; system errors of the disk.
 */
export function saveManifest(options: SaveOptions): void {
  const { disk, randomness, layout, manifest, owner } = options;
  const target = layout.manifest(manifest.snapshot_id);
  makeDirectories(disk, layout.store, layout.snapshots);
  const stored = storedManifest(options, target);
  if (stored === undefined) {
    replaceFile(disk, randomness, target, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`), owner);
  } else {
    if (stored.digest !== manifest.digest) refuseCollision(stored, manifest);
    syncFile(disk, target);
  }
  syncDirectories(disk, layout.store, layout.snapshots);
}

/** What is stored under the id, whoever stored it; a damaged file makes room. */
function storedManifest({ disk, randomness, layout, manifest }: SaveOptions, target: string): Manifest | undefined {
  try {
    return loadManifest(disk, layout, manifest.snapshot_id);
  } catch (error) {
    if (!(error instanceof RunledgerError)) throw error;
    if (error.code === "RECORD_DAMAGED") disk.rename(target, `${target}.corrupt-${randomHex(randomness, 4)}`);
    else if (error.code !== "SNAPSHOT_NOT_FOUND") throw error;
    return undefined;
  }
}

/** Who wrote it may have died before its sync. */
function syncFile(disk: Disk, path: string): void {
  const file = disk.open(path, "read");
  try {
    file.sync();
  } finally {
    file.close();
  }
}

function refuseCollision(stored: Manifest, manifest: Manifest): never {
  const { snapshot_id, digest } = manifest;
  throw new RunledgerError(
    "SNAPSHOT_ID_COLLISION",
    `two different snapshots have the id ${snapshot_id}: stored ${stored.digest}, new ${digest}`,
    {
      hint: "Use another store for this run: --store DIR.",
      details: { snapshot_id, stored: stored.digest, digest },
    },
  );
}

/**
 * The manifest of `snapshotId`, checked: its digest is that of its files, its id that of its digest, its paths are
 * relative, sorted and different.
 *
 * `SNAPSHOT_NOT_FOUND`, `RECORD_DAMAGED`, `FORMAT_NEWER`, `ID_INVALID`, `PERMISSION`, `READ_FAILED`.
 */
export function loadManifest(disk: Disk, layout: StoreLayout, snapshotId: string): Manifest {
  const path = layout.manifest(snapshotId);
  const value = parsed(path, readRecord(disk, path, snapshotId));
  checkVersion(path, value);
  const checked = checkedManifest(value);
  if ("wrong" in checked) refuseDamage(path, `${checked.wrong}: not as a manifest has it`);
  const { manifest } = checked;
  checkPaths(path, manifest);
  checkDigest(path, manifest, snapshotId);
  return manifest;
}

function readRecord(disk: Disk, path: string, snapshotId: string): Uint8Array {
  try {
    return disk.readFile(path);
  } catch (cause) {
    if (errnoOf(cause) === "EISDIR") refuseDamage(path, "it is a directory");
    const isAbsent = errnoOf(cause) === "ENOENT";
    const sentence = isAbsent ? `no snapshot ${snapshotId} in this store` : `cannot read ${path} (${errnoOf(cause)})`;
    throw new RunledgerError(isAbsent ? "SNAPSHOT_NOT_FOUND" : readFailureCode(cause), sentence, {
      hint: isAbsent ? "See which snapshots the store has: ls .runledger/snapshots" : `Look at it: ls -l '${path}'`,
      details: { path, snapshot_id: snapshotId },
      cause,
    });
  }
}

function parsed(path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return refuseDamage(path, "it is not JSON in UTF-8");
  }
}

function checkVersion(path: string, value: unknown): void {
  const version = typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (typeof version !== "number" || version <= 1) return;
  throw new RunledgerError("FORMAT_NEWER", `${path} has version ${version}, this runledger reads version 1`, {
    hint: "Use a newer runledger: npm install runledger@latest",
    details: { path, version },
  });
}

/** Someone may restore files by these paths. */
function checkPaths(path: string, { files }: Manifest): void {
  files.forEach((file, index) => {
    const before = files[index - 1];
    if (before !== undefined && comparePaths(before.path, file.path) >= 0) {
      refuseDamage(path, `the path ${JSON.stringify(file.path)} is not sorted after the one before it`);
    }
    const names = file.path.split("/");
    const isRelative = !names.some((name) => name === "" || name === "." || name === "..");
    if (!isRelative || !file.path.isWellFormed() || file.path.includes("\0")) {
      refuseDamage(path, `the path ${JSON.stringify(file.path)} is not allowed`);
    }
  });
}

function checkDigest(path: string, { digest, files, snapshot_id }: Manifest, snapshotId: string): void {
  const expected = digestOf(files);
  if (digest !== expected) refuseDamage(path, `its digest is ${digest}, its files have ${expected}`);
  if (snapshot_id !== snapshotIdOf(digest))
    refuseDamage(path, `its id ${snapshot_id} is not that of its digest ${digest}`);
  if (snapshot_id !== snapshotId) refuseDamage(path, `it holds ${snapshot_id}, not ${snapshotId}`);
}

function refuseDamage(path: string, problem: string): never {
  throw new RunledgerError("RECORD_DAMAGED", `${path} is damaged: ${problem}`, {
    hint: "Take the snapshot of the same files again, or restore the file from a backup.",
    details: { path, problem },
  });
}
