import type { Disk } from "../durable/disk.ts";
import { type FileFacts, readFacts } from "./hash.ts";

/**
 * The facts of many regular files: `batches` of their paths, relative to `root`, are taken as they are worked on, so what
 * lists them may go on meanwhile. The answers are in the order of the paths, undefined for a file that is gone.
 * `onHashed` is told how many more are done. Refusals as `hashFile`, and what `batches` throws.
 */
export type HashMany = (
  root: string,
  batches: Iterable<readonly string[]>,
  onHashed: (count: number) => void,
) => Promise<(FileFacts | undefined)[]>;

/** In this thread, on any disk. */
export function hashInline(disk: Disk): HashMany {
  return async (root, batches, onHashed) => {
    const facts: (FileFacts | undefined)[][] = [];
    for (const paths of batches) facts.push(hashBatch(disk, root, paths, onHashed));
    return facts.flat();
  };
}

/** The same, without leaving the thread. */
export function hashBatch(
  disk: Disk,
  root: string,
  paths: readonly string[],
  onHashed: (count: number) => void = () => {},
): (FileFacts | undefined)[] {
  return paths.map((path) => {
    const facts = readFacts(disk, `${root}/${path}`);
    onHashed(1);
    return facts;
  });
}
