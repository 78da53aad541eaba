import type { FileStat } from "../durable/disk.ts";
import type { FileFacts } from "./hash.ts";
import type { ManifestFile } from "./manifest.ts";

/**
 * The facts of many files as two long values: they cross threads and are read from the cache ten times faster than
 * objects, and there may be a million. A file that is not there has NaN as its size.
 */
export interface FactColumns {
  /** `sha256:` and 64 hex digits a file. */
  readonly digests: string;
  /** Five numbers a file: size, mode, inode, modified, changed. */
  readonly numbers: Float64Array;
}

const numbersEach = 5;
const digestLength = "sha256:".length + 64;
const noDigest = `sha256:${"0".repeat(64)}`;

export function packFacts(files: readonly (FileFacts | undefined)[]): FactColumns {
  const numbers = new Float64Array(files.length * numbersEach);
  let digests = "";
  files.forEach((facts, index) => {
    const at = index * numbersEach;
    numbers[at] = facts?.sizeBytes ?? Number.NaN;
    numbers[at + 1] = facts?.mode ?? 0;
    numbers[at + 2] = facts?.inode ?? 0;
    numbers[at + 3] = facts?.modifiedMs ?? 0;
    numbers[at + 4] = facts?.changedMs ?? 0;
    digests += facts?.sha256 ?? noDigest;
  });
  return { digests, numbers };
}

/** Columns as this machine has them in memory: the doubles, then the digests. */
export function columnBytes({ digests, numbers }: FactColumns): Uint8Array[] {
  return [new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), Buffer.from(digests, "latin1")];
}

/** The columns of `count` files at the beginning of `bytes`, and what comes after them. */
export function takeColumns(bytes: Buffer, count: number): { columns: FactColumns; rest: Buffer } {
  const numbersEnd = count * numbersEach * Float64Array.BYTES_PER_ELEMENT;
  const digestsEnd = numbersEnd + count * digestLength;
  // A copy, for doubles cannot begin at any byte.
  const numbers = new Float64Array(new Uint8Array(bytes.subarray(0, numbersEnd)).buffer);
  return {
    columns: { digests: bytes.toString("latin1", numbersEnd, digestsEnd), numbers },
    rest: bytes.subarray(digestsEnd),
  };
}

/** Some files of several columns as columns of their own: each is file `indexes[n]` of `columns[n]`. */
export function gatherFacts(columns: readonly FactColumns[], indexes: readonly number[]): FactColumns {
  const numbers = new Float64Array(columns.length * numbersEach);
  const digests = columns.map((source, place) => {
    const from = (indexes[place] ?? 0) * numbersEach;
    for (let n = 0; n < numbersEach; n++) numbers[place * numbersEach + n] = source.numbers[from + n] ?? Number.NaN;
    return digestAt(source, indexes[place] ?? 0);
  });
  return { digests: digests.join(""), numbers };
}

/** What the manifest says of such a file, at `path`; undefined if it is not there. */
export function manifestFileAt(columns: FactColumns, index: number, path: string): ManifestFile | undefined {
  const size = columns.numbers[index * numbersEach] ?? Number.NaN;
  if (Number.isNaN(size)) return undefined;
  const isExecutable = ((columns.numbers[index * numbersEach + 1] ?? 0) & 0o100) !== 0;
  return { mode: isExecutable ? "100755" : "100644", path, sha256: digestAt(columns, index), size };
}

function digestAt({ digests }: FactColumns, index: number): string {
  return digests.slice(index * digestLength, (index + 1) * digestLength);
}

/** True if there is anything at this place of `numbers`. */
export function isOnRecord(numbers: Float64Array, place: number): boolean {
  return !Number.isNaN(numbers[place * numbersEach]);
}

/** True if size, mode, inode and times on record are those of `now`. */
export function isDescribedBy(numbers: Float64Array, place: number, now: FileStat): boolean {
  const at = place * numbersEach;
  return (
    numbers[at] === now.sizeBytes &&
    numbers[at + 1] === now.mode &&
    numbers[at + 2] === now.inode &&
    numbers[at + 3] === now.modifiedMs &&
    numbers[at + 4] === now.changedMs
  );
}

/** When such a file was modified or changed last. */
export function newestMs({ numbers }: FactColumns, index: number): number {
  const at = index * numbersEach;
  return Math.max(numbers[at + 3] ?? Number.NaN, numbers[at + 4] ?? Number.NaN);
}

/** The numbers at `indexes` of `columns`, one place after the other; NaN where the index is undefined. */
export function numbersAt(
  { numbers }: FactColumns,
  indexes: readonly (number | undefined)[],
): Float64Array<ArrayBuffer> {
  const taken = new Float64Array(indexes.length * numbersEach).fill(Number.NaN);
  indexes.forEach((index, place) => {
    if (index === undefined) return;
    for (let n = 0; n < numbersEach; n++) {
      taken[place * numbersEach + n] = numbers[index * numbersEach + n] ?? Number.NaN;
    }
  });
  return taken;
}
