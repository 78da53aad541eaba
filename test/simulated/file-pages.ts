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

/** What is dirty is durable. What a failed sync left clean stays as it was: nothing writes it. */
export function syncPages(pages: FilePages): FilePages {
  if (!isVolatile(pages)) return pages.lastWrite === undefined ? pages : { ...pages, lastWrite: undefined };
  const durableSize = pages.sizes.at(-1)?.dirty ? (pages.sizes.at(-1)?.value ?? 0) : pages.durableSize;
  const sizes = pages.sizes.at(-1)?.dirty ? [] : pages.sizes;
  const reached = [...pages.sectors].filter(([, versions]) => versions.at(-1)?.dirty === true);
  const ends = reached.map(([index, versions]) => index * sectorBytes + (versions.at(-1)?.value.length ?? 0));
  const heldBytes = sizes.length === 0 ? Math.min(pages.medium.length, durableSize) : pages.medium.length;
  const medium = new Uint8Array(Math.max(durableSize, heldBytes, ...ends));
  medium.set(pages.medium.subarray(0, heldBytes));
  for (const [index, versions] of reached) {
    const value = versions.at(-1)?.value ?? new Uint8Array();
    medium.fill(0, index * sectorBytes, (index + 1) * sectorBytes);
    medium.set(value, index * sectorBytes);
  }
  // What lies behind the end is gone once the end is durable.
  if (sizes.length === 0) medium.fill(0, durableSize);
  const sectors = new Map([...pages.sectors].filter(([, versions]) => versions.at(-1)?.dirty === false));
  return { bytes: pages.bytes, medium, durableSize, sectors, sizes, lastWrite: undefined };
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
