import { makeDirectories } from "../durable/directories.ts";
import type { Disk } from "../durable/disk.ts";
import { storeLayout } from "../durable/layout.ts";
import { replaceFile } from "../durable/replace.ts";
import { startSha256 } from "../idempotency/digest.ts";
import type { Randomness } from "../ports.ts";
import { columnBytes, type FactColumns, newestMs, takeColumns } from "./fact-columns.ts";
import { comparePaths } from "./path-order.ts";

/** What an earlier capture learned, so that unchanged files need not be read. Disposable. */
export interface StatCache {
  readonly columns: FactColumns;
  /** How many files are on record. */
  readonly count: number;
  /** The digest of a manifest of all these files and nothing else, if there was one. */
  readonly digest: string | undefined;
  /**
   * Which of the columns are those of `path`: they are true of a file there that they describe. Asked in the order of
   * {@link comparePaths}.
   */
  find(path: string): number | undefined;
}

/** The first line. Then the columns as {@link columnBytes}, and the paths with NULs between them. */
interface CacheHead {
  readonly version: 3;
  /** The workspace: a store may serve several. */
  readonly root: string;
  /** When the capture began, by the clock. */
  readonly began_ms: number;
  readonly digest: string | null;
  readonly count: number;
  /** SHA-256 over the rest: a flipped bit must not become a wrong snapshot. */
  readonly check: string;
}

export const noStatCache: StatCache = {
  columns: { digests: "", numbers: new Float64Array() },
  count: 0,
  digest: undefined,
  find: () => undefined,
};

/** The cache for `root` in `store`; an empty one if there is none, or it is of another workspace or corrupt. */
export function readStatCache(disk: Disk, store: string, root: string): StatCache {
  try {
    const file = storeLayout(store).statCache;
    // What is no file may have no end.
    if (disk.stat(file)?.kind !== "file") return noStatCache;
    const { buffer, byteOffset, byteLength } = disk.readFile(file);
    return cacheOf(Buffer.from(buffer, byteOffset, byteLength), root) ?? noStatCache;
  } catch {
    return noStatCache;
  }
}

function cacheOf(bytes: Buffer, root: string): StatCache | undefined {
  const headEnd = bytes.indexOf("\n");
  const head = JSON.parse(bytes.toString("utf8", 0, headEnd)) as CacheHead;
  const body = bytes.subarray(headEnd + 1);
  if (head.version !== 3 || head.root !== root || head.check !== checkOf(head, [body])) return undefined;
  const { columns, rest } = takeColumns(body, head.count);
  const paths = rest.toString().split("\0");
  if (paths.length !== head.count) return undefined;
  const find = finder(paths);
  return { columns, count: head.count, digest: head.digest ?? undefined, find: believed };

  function believed(path: string): number | undefined {
    const index = find(path);
    return index === undefined || isRacy(newestMs(columns, index), head.began_ms) ? undefined : index;
  }
}

/** Goes along the paths as it is asked. */
function finder(paths: readonly string[]): (path: string) => number | undefined {
  let next = 0;
  return (path) => {
    if (paths[next] === path) return next++;
    while (next < paths.length && comparePaths(paths[next] ?? "", path) < 0) next++;
    return paths[next] === path ? next++ : undefined;
  };
}

/**
 * True if the file may have been written again after it was read without a new time: like git's index, for files whose
 * times are not older than the record, by the step of the file system's clock. A time on a whole second comes from a
 * file system that counts seconds (or two).
 */
function isRacy(newest: number, beganMs: number): boolean {
  const stepMs = newest % 1000 === 0 ? 2000 : 20;
  return newest + stepMs >= beganMs;
}

/** Records what a capture that began at `beganMs` learned. Sorted by {@link comparePaths}; see {@link StatCache}. */
export function writeStatCache(
  ports: { disk: Disk; randomness: Randomness },
  store: string,
  record: {
    root: string;
    beganMs: number;
    digest: string | undefined;
    paths: readonly string[];
    columns: FactColumns;
  },
): void {
  const { root, beganMs, digest = null, paths } = record;
  const body = [...columnBytes(record.columns), Buffer.from(paths.join("\0"))];
  const facts = { version: 3, root, began_ms: beganMs, digest, count: paths.length } as const;
  const head: CacheHead = { ...facts, check: checkOf(facts, body) };
  const layout = storeLayout(store);
  makeDirectories(ports.disk, store, layout.cache);
  const bytes = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...body]);
  replaceFile(ports.disk, ports.randomness, layout.statCache, bytes, "store");
}

function checkOf({ root, began_ms, digest, count }: Omit<CacheHead, "check">, body: readonly Uint8Array[]): string {
  const hash = startSha256().update(`${root}\n${began_ms}\n${digest}\n${count}\n`);
  for (const part of body) hash.update(part);
  return hash.digest("hex");
}
