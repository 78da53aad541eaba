import type { Disk } from "../durable/disk.ts";
import { type FactColumns, isDescribedBy, isOnRecord, packFacts } from "./fact-columns.ts";
import { type FileFacts, readFacts } from "./hash.ts";
import { readRefusal } from "./read-refusal.ts";

/** Some regular files. Their paths are relative to a root that all batches share. */
export interface Batch {
  readonly paths: readonly string[];
  /** What whoever gave the batch calls each of them. */
  readonly numbers: readonly number[];
  /** The numbers on record of each file, see {@link FactColumns}; NaN where there are none. Undefined: of no file. */
  readonly known?: Float64Array<ArrayBuffer> | undefined;
}

/** What became of a batch. */
export interface BatchFacts {
  /** Which files had to be read, by their places in the batch: the others are as they are on record. */
  readonly read: readonly number[];
  /** The facts of those that were read. */
  readonly columns: FactColumns;
  /** Which files are too large, and were not read. */
  readonly large: readonly number[];
}

/**
 * Looks at many files and reads those that are not as they are on record. Batches are taken as they are worked on, so what
 * lists them may go on meanwhile. `onFacts` is told of each batch, in any order, and again of what was too large at first.
 * `filesOnRecord`: about how many files will have numbers on record. Refusals as `hashFile`, and what `batches` throws.
 */
export type HashMany = (
  root: string,
  batches: Iterable<Batch>,
  onFacts: OnFacts,
  filesOnRecord: number,
) => Promise<void>;

export type OnFacts = (batch: Batch, facts: BatchFacts) => void;

/** In this thread, on any disk. */
export function hashInline(disk: Disk): HashMany {
  return async (root, batches, onFacts) => {
    for (const batch of batches) onFacts(batch, hashBatch(disk, root, batch));
  };
}

/** The same, of one batch, without leaving the thread. Files with more than `mostBytes` are not read. */
export function hashBatch(
  disk: Disk,
  root: string,
  batch: Omit<Batch, "numbers">,
  mostBytes: number = Number.POSITIVE_INFINITY,
): BatchFacts {
  const [read, facts, large]: [number[], (FileFacts | undefined)[], number[]] = [[], [], []];
  for (const place of placesToRead(disk, root, batch)) {
    const outcome = readFacts(disk, `${root}/${batch.paths[place]}`, mostBytes);
    if (outcome === "large") large.push(place);
    else {
      read.push(place);
      facts.push(outcome === "gone" ? undefined : outcome);
    }
  }
  return { read, columns: packFacts(facts), large };
}

/** Which files are not on record, or not as they are on record. */
function placesToRead(disk: Disk, root: string, { paths, known }: Omit<Batch, "numbers">): number[] {
  const places = [...paths.keys()];
  return known ? places.filter((place) => !isAsKnown(disk, `${root}/${paths[place]}`, known, place)) : places;
}

function isAsKnown(disk: Disk, path: string, known: Float64Array, place: number): boolean {
  try {
    const now = isOnRecord(known, place) ? disk.stat(path) : undefined;
    return now?.kind === "file" && isDescribedBy(known, place, now);
  } catch (error) {
    throw readRefusal(path, error);
  }
}
