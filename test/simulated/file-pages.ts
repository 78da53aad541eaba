/** What a disk writes as a whole or not at all. Assumed, as `docs/guarantees.md` says. */
export const sectorBytes = 512;

/** Something that was written and may or may not have reached the medium. */
interface Version<Value> {
  readonly value: Value;
  /** When it was written: counts the changes of the whole disk. */
  readonly stamp: number;
  /** False after a failed sync: the kernel believes that it was written, so the next sync leaves it out. */
  readonly dirty: boolean;
}

/**
 * The content of one file: what processes read, and what the medium holds. Immutable, so that a copy costs nothing.
 *
 * Data and size reach the medium separately. Each sector, and the size, has versions that were written since the medium
 * last held them for certain, oldest first; after a power cut it holds any one of them, or the durable one.
 */
export interface FilePages {
  /** What processes read. */
  readonly bytes: Uint8Array;
  /** What the medium holds for certain; it may reach beyond `durableSize`. */
  readonly medium: Uint8Array;
  readonly durableSize: number;
  readonly sectors: ReadonlyMap<number, readonly Version<Uint8Array>[]>;
  readonly sizes: readonly Version<number>[];
  readonly lastWrite: LastWrite | undefined;
}

interface LastWrite {
  readonly position: number;
  readonly end: number;
  readonly stamp: number;
  /** The content before. */
  readonly before: FilePages;
}

const noSectors: FilePages["sectors"] = new Map();

/** A file of which everything is durable. */
export function durablePages(bytes: Uint8Array): FilePages {
  return { bytes, medium: bytes, durableSize: bytes.length, sectors: noSectors, sizes: [], lastWrite: undefined };
}

export function writePages(pages: FilePages, position: number, data: Uint8Array, stamp: number): FilePages {
  if (data.length === 0) return pages;
  const end = position + data.length;
  const bytes = new Uint8Array(Math.max(pages.bytes.length, end));
  bytes.set(pages.bytes);
  bytes.set(data, position);
  const sectors = new Map(pages.sectors);
  // A write behind the end also writes the NULs between.
  const first = Math.floor(Math.min(position, pages.bytes.length) / sectorBytes);
  for (let index = first; index * sectorBytes < end; index++) {
    if ((index + 1) * sectorBytes <= position && index * sectorBytes >= pages.bytes.length) continue;
    const value = bytes.subarray(index * sectorBytes, (index + 1) * sectorBytes);
    sectors.set(index, [...(sectors.get(index) ?? []), { value, stamp, dirty: true }]);
  }
  const grows = end > pages.bytes.length;
  const reachesUnsyncedEnd = end === pages.bytes.length && pages.sizes.length > 0;
  const sizes = grows || reachesUnsyncedEnd ? withSize(pages, bytes.length, stamp) : pages.sizes;
  const { lastWrite: _, ...before } = pages;
  const lastWrite = { position, end, stamp, before: { ...before, lastWrite: undefined } };
  return { ...pages, bytes, sectors, sizes, lastWrite };
}

export function truncatePages(pages: FilePages, sizeBytes: number, stamp: number): FilePages {
  if (sizeBytes === pages.bytes.length) return pages;
  const bytes = new Uint8Array(sizeBytes);
  bytes.set(pages.bytes.subarray(0, sizeBytes));
  return { ...pages, bytes, sizes: withSize(pages, sizeBytes, stamp), lastWrite: undefined };
}

/**
 * What was dirty when the sync began, at `begun` (a stamp), is durable: of what was written meanwhile nobody knows. What a
 * failed sync left clean stays as it was: nothing writes it.
 */
export function syncPages(pages: FilePages, begun: number): FilePages {
  const lastWrite = syncedLastWrite(pages.lastWrite, begun);
  if (!isVolatile(pages)) return pages.lastWrite === lastWrite ? pages : { ...pages, lastWrite };
  const size = splitAt(pages.sizes, begun);
  const durableSize = size.synced ?? pages.durableSize;
  const isSizeCertain = size.synced !== undefined || pages.sizes.length === 0;
  const split = [...pages.sectors].map(([index, versions]) => ({ index, ...splitAt(versions, begun) }));
  const reached = split.filter(({ synced }) => synced !== undefined);
  const ends = reached.map(({ index, synced }) => index * sectorBytes + (synced?.length ?? 0));
  const heldBytes = isSizeCertain ? Math.min(pages.medium.length, durableSize) : pages.medium.length;
  const medium = new Uint8Array(Math.max(durableSize, heldBytes, ...ends));
  medium.set(pages.medium.subarray(0, heldBytes));
  for (const { index, synced = new Uint8Array() } of reached) {
    medium.fill(0, index * sectorBytes, (index + 1) * sectorBytes);
    medium.set(synced, index * sectorBytes);
  }
  // What lies behind the end is gone once the end is durable.
  if (isSizeCertain) medium.fill(0, durableSize);
  const sectors = new Map(split.map(({ index, left }) => [index, left] as const).filter(([, left]) => left.length > 0));
  return { bytes: pages.bytes, medium, durableSize, sectors, sizes: size.left, lastWrite };
}

/** What a sync that began at `begun` has made durable of these, if anything, and what may still be there or not. */
function splitAt<Value>(versions: readonly Version<Value>[], begun: number) {
  const latest = versions.findLast(({ stamp }) => stamp <= begun);
  if (latest?.dirty !== true) return { synced: undefined, left: versions };
  return { synced: latest.value, left: versions.filter(({ stamp }) => stamp > begun) };
}

function syncedLastWrite(lastWrite: LastWrite | undefined, begun: number): LastWrite | undefined {
  if (lastWrite === undefined || lastWrite.stamp <= begun) return undefined;
  return { ...lastWrite, before: syncPages(lastWrite.before, begun) };
}

/** The kernel has given up: the pages are clean, and nobody knows what is on the medium. */
export function failSyncOfPages(pages: FilePages): FilePages {
  const clean = <Value>(versions: readonly Version<Value>[]) => versions.map((each) => ({ ...each, dirty: false }));
  const sectors = new Map([...pages.sectors].map(([index, versions]) => [index, clean(versions)]));
  return { ...pages, sectors, sizes: clean(pages.sizes) };
}

/** True if a power cut may change what is read. */
export function isVolatile(pages: FilePages): boolean {
  return pages.sectors.size > 0 || pages.sizes.length > 0;
}

function withSize(pages: FilePages, value: number, stamp: number): FilePages["sizes"] {
  return [...pages.sizes, { value, stamp, dirty: true }];
}
