import path from "node:path";
import type { Disk } from "../durable/disk.ts";
import { errnoOf, RunledgerError } from "../errors.ts";
import { sha256 } from "../idempotency/digest.ts";
import type { Clock, Randomness } from "../ports.ts";
import { countFacts } from "./fact-columns.ts";
import { FoundFiles } from "./found-files.ts";
import { globsOf } from "./globs.ts";
import { type HashMany, hashInline } from "./hash-many.ts";
import { type Manifest, type ManifestFile, manifestOf } from "./manifest.ts";
import { readRefusal } from "./read-refusal.ts";
import { noStatCache, readStatCache, type StatCache, writeStatCache } from "./stat-cache.ts";
import { type FoundFile, type Tree, walkTree } from "./walk.ts";

export interface CaptureOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** The workspace, an absolute path. */
  readonly root: string;
  /** The store, an absolute path; left out wherever it lies. */
  readonly store: string;
  /** Globs; only files that match one of them belong to the snapshot. None means all. */
  readonly include?: readonly string[] | undefined;
  /** Globs; files that match one of them do not belong to it. */
  readonly exclude?: readonly string[] | undefined;
  /**
   * Whether unchanged files are recognised by the stat cache of the store, and whether it is written (default true).
   * A store that does not exist is not created for it.
   */
  readonly cache?: boolean | "read-only" | undefined;
  /** Hashes the files; default {@link hashInline} on `disk`. `hashInWorkers` is faster and knows only the real disk. */
  readonly hashMany?: HashMany | undefined;
  readonly onProgress?: ((progress: CaptureProgress) => void) | undefined;
}

interface CaptureProgress {
  readonly filesDone: number;
  /** So far: the walk goes on meanwhile. */
  readonly filesFound: number;
}

/**
 * Takes the snapshot of a workspace: its files by content, without what ignore files and globs leave out. The same
 * content gives the same `snapshot_id` everywhere. Each file is read while it holds still; the tree as a whole is not
 * frozen, so what writes to the workspace meanwhile may be caught half-way between two files.
 *
 * `FILE_NOT_FOUND` if there is no such directory, `SNAPSHOT_PATH_INVALID` for a name that is not UTF-8,
 * `SNAPSHOT_UNSTABLE` for a file that keeps changing, `PERMISSION` and `READ_FAILED` for one that cannot be read.
 */
export async function captureSnapshot(options: CaptureOptions): Promise<Manifest> {
  const { disk, clock, store, include = [], exclude = [] } = options;
  const beganMs = clock.now();
  const root = workspaceRoot(disk, options.root);
  const cache = options.cache === false ? noStatCache : readStatCache(disk, store, root);
  const tree = walkTree(disk, root, storePaths(options, root), globsOf(include, exclude));
  const { found, unreadCount } = await findFiles(options, root, tree, cache);
  const rules = { include, exclude, ignore_files: tree.ignoreFiles, left_out: tree.leftOut };
  // All files of the cache and no others: their digest is on record as well.
  const isOnRecord = unreadCount === 0 && !found.hasLinks && found.count === cache.count;
  const manifest = manifestOf(found.manifestFiles(), rules, clock, isOnRecord ? cache.digest : undefined);
  if (unreadCount > 0) recordFacts(options, { root, beganMs, found, manifest });
  return manifest;
}

function workspaceRoot(disk: Disk, directory: string): string {
  try {
    const root = disk.realPath(directory);
    if (disk.stat(root)?.kind === "directory") return root;
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw readRefusal(directory, error);
  }
  throw new RunledgerError("FILE_NOT_FOUND", `the workspace ${directory} is no directory`, {
    hint: "Name an existing directory with --workspace.",
    details: { path: directory },
  });
}

/** Where the store lies below the root, as it is called and as it really is: either may be a symlink. */
function storePaths({ disk, store }: CaptureOptions, root: string): string[] {
  const real = disk.stat(store) === undefined ? store : disk.realPath(store);
  return [store, real].map((each) => path.relative(root, each));
}

/** Enough for a message between threads to cost little, and few enough for these to end at nearly the same time. */
const batchFiles = 256;

/** A file that is gone when it is read is left out, as if the walk had come later. */
async function findFiles(options: CaptureOptions, root: string, tree: Tree, cache: StatCache) {
  const hashMany = options.hashMany ?? hashInline(options.disk);
  const found = new FoundFiles();
  const unread: number[] = [];
  let filesHashed = 0;
  await hashMany(root, unreadBatches(), (first, columns) => {
    const count = countFacts(columns) ?? 0;
    for (let index = 0; index < count; index++) found.learn(unread[first + index] ?? 0, columns, index);
    filesHashed += count;
    options.onProgress?.({ filesDone: found.count - unread.length + filesHashed, filesFound: found.count });
  });
  return { found, unreadCount: unread.length };

  /** Goes through the tree. What must be read is given out; the rest is known from the cache, or a symlink. */
  function* unreadBatches(): Generator<string[]> {
    let batch: string[] = [];
    for (const files of tree.files) {
      for (const file of files) {
        if (addKnown(options.disk, root, { found, file, cache })) continue;
        unread.push(found.addUnread(file.path));
        batch.push(file.path);
        if (batch.length < batchFiles) continue;
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  }
}

/** False if the file has to be read. */
function addKnown(
  disk: Disk,
  root: string,
  { found, file, cache }: { found: FoundFiles; file: FoundFile; cache: StatCache },
): boolean {
  const { path, isSymlink } = file;
  if (isSymlink) {
    const link = readSymlink(disk, root, path);
    if (link !== undefined) found.addLink(link);
    return true;
  }
  const place = cache.find(path);
  if (place === undefined || !cache.isTrue(place, statOf(disk, `${root}/${path}`))) return false;
  found.addKnown(path, cache.columns, place);
  return true;
}

function statOf(disk: Disk, absolute: string) {
  try {
    return disk.stat(absolute);
  } catch (error) {
    throw readRefusal(absolute, error);
  }
}

function readSymlink(disk: Disk, root: string, file: string): ManifestFile | undefined {
  const absolute = `${root}/${file}`;
  try {
    const target = disk.readLink(absolute);
    return { mode: "120000", path: file, sha256: sha256(target), size: target.length };
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw readRefusal(absolute, error);
  }
}

/** The cache is disposable: where it cannot be written, the next capture reads the files again. */
function recordFacts(
  options: CaptureOptions,
  { root, beganMs, found, manifest }: { root: string; beganMs: number; found: FoundFiles; manifest: Manifest },
): void {
  const { disk, store, cache = true } = options;
  if (cache !== true) return;
  try {
    if (disk.stat(store)?.kind !== "directory") return;
    const digest = found.hasLinks ? undefined : manifest.digest;
    writeStatCache(options, store, { root, beganMs, digest, ...found.factsOf(manifest.files) });
  } catch {}
}
