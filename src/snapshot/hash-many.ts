import type { Disk } from "../durable/disk.ts";
import { type FileFacts, readFacts } from "./hash.ts";

/**
 * The facts of many regular files at once: `paths` are relative to `root`, the answers are in their order, undefined
 * for a file that is gone. `onHashed` is told how many more are done. Refusals as `hashFile`.
 */
export type HashMany = (
  root: string,
  paths: readonly string[],
  onHashed: (count: number) => void,
) => Promise<(FileFacts | undefined)[]>;

/** In this thread, on any disk. */
export function hashInline(disk: Disk): HashMany {
  return async (root, paths, onHashed) => hashBatch(disk, root, paths, onHashed);
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
