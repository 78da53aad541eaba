import { makeDirectories } from "../durable/directories.ts";
import type { Disk, FileStat } from "../durable/disk.ts";
import { storeLayout } from "../durable/layout.ts";
import { replaceFile } from "../durable/replace.ts";
import { sha256Hex } from "../idempotency/digest.ts";
import type { Randomness } from "../ports.ts";
import { countFacts, digestAt, type FactColumns, isDescribedBy, packFacts } from "./fact-columns.ts";
import { type FileFacts, factsOf } from "./hash.ts";
import { comparePaths } from "./path-order.ts";

/** What an earlier capture learned, so that unchanged files need not be read. Disposable. */
export interface StatCache {
  /**
   * The facts recorded for `path`, if they are still true of what `lookAt` finds there. Asked in the order of
   * {@link comparePaths}; `lookAt` is called only for a path on record.
   */
  recall(path: string, lookAt: () => FileStat | undefined): FileFacts | undefined;
}

interface CacheContent {
  readonly version: 1;
  /** The workspace: a store may serve several. */
  readonly root: string;
  /** When the capture began, by the clock. */
  readonly began_ms: number;
  readonly paths: readonly string[];
  readonly digests: string;
  /** Base64 of little-endian doubles. */
  readonly numbers: string;
  /** SHA-256 over the rest: a flipped bit must not become a wrong snapshot. */
  readonly check: string;
}

export const noStatCache: StatCache = { recall: () => undefined };

/** The cache for `root` in `store`; an empty one if there is none, or it is of another workspace or corrupt. */
export function readStatCache(disk: Disk, store: string, root: string): StatCache {
  try {
    const text = Buffer.from(disk.readFile(storeLayout(store).statCache)).toString();
    return cacheOf(JSON.parse(text) as CacheContent, root) ?? noStatCache;
  } catch {
    return noStatCache;
  }
}

function cacheOf(content: CacheContent, root: string): StatCache | undefined {
  if (content.version !== 1 || content.root !== root || content.check !== checkOf(content)) return undefined;
  const { paths, digests } = content;
  const bytes = Buffer.from(content.numbers, "base64");
  const numbers = new Float64Array(new Uint8Array(bytes).buffer);
  const columns: FactColumns = { digests, numbers };
  if (countFacts(columns) !== paths.length) return undefined;
  let next = 0;
  return {
    recall: (path, lookAt) => {
      while (next < paths.length && comparePaths(paths[next] ?? "", path) < 0) next++;
      if (paths[next] !== path) return undefined;
      const now = lookAt();
      if (now?.kind !== "file" || isRacy(now, content.began_ms) || !isDescribedBy(columns, next, now)) return undefined;
      return factsOf(digestAt(columns, next), now);
    },
  };
}

/**
 * True if the file may have been written again after it was read without a new time: like git's index, for files whose
 * times are not older than the record, by the step of the file system's clock. A time on a whole second comes from a
 * file system that counts seconds (or two).
 */
function isRacy(now: FileStat, beganMs: number): boolean {
  const newestMs = Math.max(now.modifiedMs, now.changedMs);
  const stepMs = newestMs % 1000 === 0 ? 2000 : 20;
  return newestMs + stepMs >= beganMs;
}

/** Records what a capture that began at `beganMs` learned. Sorted by {@link comparePaths}. */
export function writeStatCache(
  ports: { disk: Disk; randomness: Randomness },
  store: string,
  record: { root: string; beganMs: number; paths: readonly string[]; facts: readonly FileFacts[] },
): void {
  const { digests, numbers } = packFacts(record.facts);
  const content: Omit<CacheContent, "check"> = {
    version: 1,
    root: record.root,
    began_ms: record.beganMs,
    paths: record.paths,
    digests,
    numbers: Buffer.from(numbers.buffer).toString("base64"),
  };
  const bytes = Buffer.from(`${JSON.stringify({ ...content, check: checkOf(content) })}\n`);
  const layout = storeLayout(store);
  makeDirectories(ports.disk, store, layout.cache);
  replaceFile(ports.disk, ports.randomness, layout.statCache, bytes, "store");
}

function checkOf({ root, began_ms, paths, digests, numbers }: Omit<CacheContent, "check">): string {
  return sha256Hex(`${root}\n${began_ms}\n${numbers}\n${digests}\n${paths.join("\0")}`);
}
