import path from "node:path";
import type { Disk } from "../durable/disk.ts";
import { errnoOf, RunledgerError } from "../errors.ts";
import { sha256 } from "../idempotency/digest.ts";
import type { Clock, Randomness } from "../ports.ts";
import { numbersAt } from "./fact-columns.ts";
import { FoundFiles } from "./found-files.ts";
import { globsOf } from "./globs.ts";
import { type Batch, type BatchFacts, type HashMany, hashInline } from "./hash-many.ts";
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
  const { found, readCount } = await findFiles(options, root, tree, cache);
  const rules = { include, exclude, ignore_files: tree.ignoreFiles, left_out: tree.leftOut };
  // All files of the cache and no others: their digest is on record as well.
  const isOnRecord = readCount === 0 && !found.hasLinks && found.count === cache.count;
  const manifest = manifestOf(found.manifestFiles(), rules, clock, isOnRecord ? cache.digest : undefined);
  if (readCount > 0) recordFacts(options, { root, beganMs, found, manifest });
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

/**
 * A batch has so many files, and less than twice as many: enough for a message between threads to cost little, and few
 * enough for these to end at nearly the same time.
 */
const batchFiles = 256;

/** A file that is gone when it is read is left out, as if the walk had come later. */
async function findFiles(options: CaptureOptions, root: string, tree: Tree, cache: StatCache) {
  const hashMany = options.hashMany ?? hashInline(options.disk);
  const found = new FoundFiles();
  let [filesDone, readCount] = [0, 0];
  const onFacts = (batch: Batch, { read, columns, large }: BatchFacts) => {
    read.forEach((place, index) => {
      found.learn(batch.numbers[place] ?? 0, columns, index);
    });
    readCount += read.length;
    filesDone += batch.paths.length - large.length;
    options.onProgress?.({ filesDone, filesFound: found.count });
  };
  await hashMany(root, batchesOf(options.disk, root, { tree, cache, found }), onFacts, cache.count);
  return { found, readCount };
}

/**
 * Goes through the tree: gives out its regular files, and reads symlinks on the way. `add` and the slices keep the loop
 * over all files out of the generator: V8 compiles one with such a loop in it for longer than it runs.
 */
function* batchesOf(
  disk: Disk,
  root: string,
  { tree, cache, found }: { tree: Tree; cache: StatCache; found: FoundFiles },
): Generator<Batch> {
  let batch = new NewBatch();
  for (const files of tree.files) {
    for (let from = 0; from < files.length; from += batchFiles) {
      files.slice(from, from + batchFiles).forEach(add);
      if (batch.count < batchFiles) continue;
      yield batch.finish(cache);
      batch = new NewBatch();
    }
  }
  if (batch.count > 0) yield batch.finish(cache);

  function add({ path, isSymlink }: FoundFile): void {
    if (isSymlink) {
      const link = readSymlink(disk, root, path);
      if (link !== undefined) found.addLink(link);
      return;
    }
    const index = cache.find(path);
    batch.add(path, found.addFile(path, index === undefined ? undefined : cache.columns, index ?? 0), index);
  }
}

class NewBatch {
  readonly #paths: string[] = [];
  readonly #numbers: number[] = [];
  readonly #indexes: (number | undefined)[] = [];
  #isKnown = false;

  get count(): number {
    return this.#paths.length;
  }

  /** `index`: in the columns of the cache. */
  add(path: string, number: number, index: number | undefined): void {
    this.#paths.push(path);
    this.#numbers.push(number);
    this.#indexes.push(index);
    if (index !== undefined) this.#isKnown = true;
  }

  finish({ columns }: StatCache): Batch {
    const known = this.#isKnown ? numbersAt(columns, this.#indexes) : undefined;
    return { paths: this.#paths, numbers: this.#numbers, known };
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
