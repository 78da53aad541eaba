import path from "node:path";
import type { Disk } from "../durable/disk.ts";
import { errnoOf, RunledgerError } from "../errors.ts";
import { sha256 } from "../idempotency/digest.ts";
import type { Clock, Randomness } from "../ports.ts";
import { globsOf } from "./globs.ts";
import type { FileFacts } from "./hash.ts";
import { type HashMany, hashInline } from "./hash-many.ts";
import { type Manifest, type ManifestFile, manifestOf } from "./manifest.ts";
import { readRefusal } from "./read-refusal.ts";
import { noStatCache, readStatCache, type StatCache, writeStatCache } from "./stat-cache.ts";
import { type Tree, walkTree } from "./walk.ts";

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
  const { disk, clock, include = [], exclude = [] } = options;
  const beganMs = clock.now();
  const root = workspaceRoot(disk, options.root);
  const tree = walkTree(disk, root, storePaths(options, root), globsOf(include, exclude));
  const { files, learned } = await readFiles(options, root, tree);
  if (learned) recordFacts(options, root, beganMs, learned);
  const rules = { include, exclude, ignore_files: tree.ignoreFiles, left_out: tree.leftOut };
  return manifestOf(files, rules, clock);
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

interface Contents {
  readonly files: ManifestFile[];
  /** The regular files with their facts; undefined if all of it was known before. */
  readonly learned: Learned | undefined;
}

interface Learned {
  readonly paths: string[];
  readonly facts: FileFacts[];
}

/** A file on the way into the manifest: `facts` are undefined until it is read, `link` is what a symlink becomes. */
interface Slot {
  readonly path: string;
  readonly link: ManifestFile | undefined;
  facts: FileFacts | undefined;
}

/** A file that is gone by now is left out, as if the walk had come later. */
async function readFiles(options: CaptureOptions, root: string, tree: Tree): Promise<Contents> {
  const slots: Slot[] = [];
  const unread: Slot[] = [];
  const hashMany = options.hashMany ?? hashInline(options.disk);
  const batches = batchesOf(findUnread(options, root, tree, slots), unread);
  let filesHashed = 0;
  const hashed = await hashMany(root, batches, (count) => {
    filesHashed += count;
    options.onProgress?.({ filesDone: slots.length - unread.length + filesHashed, filesFound: slots.length });
  });
  unread.forEach((slot, index) => {
    slot.facts = hashed[index];
  });
  return contentsOf(slots, unread.length > 0);
}

/** Goes through the tree. What must be read is given out; all else is known from the stat cache, or a symlink. */
function* findUnread(options: CaptureOptions, root: string, tree: Tree, slots: Slot[]): Generator<Slot> {
  const { disk, store, cache } = options;
  const statCache: StatCache = cache === false ? noStatCache : readStatCache(disk, store, root);
  for (const files of tree.files) {
    for (const { path, isSymlink } of files) {
      if (isSymlink) {
        const link = readSymlink(disk, root, path);
        if (link !== undefined) slots.push({ path, link, facts: undefined });
        continue;
      }
      const facts = statCache.recall(path, () => statOf(disk, `${root}/${path}`));
      const slot = { path, link: undefined, facts };
      slots.push(slot);
      if (facts === undefined) yield slot;
    }
  }
}

/** Enough for a message between threads to cost little, and few enough for these to end at nearly the same time. */
const batchFiles = 256;

/** The paths of `slots`, which are noted in `unread`. */
function* batchesOf(slots: Iterable<Slot>, unread: Slot[]): Generator<string[]> {
  let batch: string[] = [];
  for (const slot of slots) {
    unread.push(slot);
    batch.push(slot.path);
    if (batch.length < batchFiles) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function contentsOf(slots: readonly Slot[], hasNews: boolean): Contents {
  const files: ManifestFile[] = [];
  const learned: Learned = { paths: [], facts: [] };
  for (const { path, link, facts } of slots) {
    if (link !== undefined) files.push(link);
    if (facts === undefined) continue;
    files.push(manifestFile(path, facts));
    learned.paths.push(path);
    learned.facts.push(facts);
  }
  return { files, learned: hasNews ? learned : undefined };
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

function manifestFile(file: string, facts: FileFacts): ManifestFile {
  const isExecutable = (facts.mode & 0o100) !== 0;
  return { mode: isExecutable ? "100755" : "100644", path: file, sha256: facts.sha256, size: facts.sizeBytes };
}

/** The cache is disposable: where it cannot be written, the next capture reads the files again. */
function recordFacts(options: CaptureOptions, root: string, beganMs: number, learned: Learned): void {
  const { disk, store, cache = true } = options;
  if (cache !== true) return;
  try {
    if (disk.stat(store)?.kind === "directory") writeStatCache(options, store, { root, beganMs, ...learned });
  } catch {}
}
