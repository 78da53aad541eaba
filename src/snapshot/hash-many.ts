import type { Disk } from "../durable/disk.ts";
import { type FactColumns, packFacts } from "./fact-columns.ts";
import { readFacts } from "./hash.ts";

/**
 * The facts of many regular files: `batches` of their paths, relative to `root`, are taken as they are worked on, so what
 * lists them may go on meanwhile. `onHashed` is told of all paths, some at a time, in any order. Refusals as `hashFile`,
 * and what `batches` throws.
 */
export type HashMany = (root: string, batches: Iterable<readonly string[]>, onHashed: OnHashed) => Promise<void>;

/** The columns are of consecutive paths, beginning with number `first` of all, from 0. */
export type OnHashed = (first: number, columns: FactColumns) => void;

/** In this thread, on any disk. */
export function hashInline(disk: Disk): HashMany {
  return async (root, batches, onHashed) => {
    let first = 0;
    for (const paths of batches) {
      onHashed(first, hashBatch(disk, root, paths));
      first += paths.length;
    }
  };
}

/** The same, of one batch, without leaving the thread. */
export function hashBatch(disk: Disk, root: string, paths: readonly string[]): FactColumns {
  return packFacts(paths.map((path) => readFacts(disk, `${root}/${path}`)));
}
