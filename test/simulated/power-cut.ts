import {
  changed,
  type DirectoryInode,
  type DiskImage,
  type EntryChange,
  type FileInode,
  type Inode,
  walkFiles,
} from "./disk-image.ts";
import { durablePages, type FilePages, isVolatile, sectorBytes } from "./file-pages.ts";
import { type SeededRandom, seededRandom } from "./seeded-random.ts";

/** What the disk holds when the power is back, and how it came to that, for the message of a failure. */
export interface DiskState {
  readonly image: DiskImage;
  readonly name: string;
}

export interface PowerCutOptions {
  /** Pieces of which all combinations are tried; beyond, prefixes, single drops, single keeps and samples. */
  readonly exhaustiveUpTo?: number;
  readonly samples?: number;
  /** What is read where the size reached the medium and the data did not: NULs, or what was there before. */
  readonly fills?: readonly Fill[];
  /** Files whose content decides nothing: what was written to them is kept. */
  readonly settled?: (path: string) => boolean;
}

export type Fill = "nul" | "stale";

/** Something that may or may not have reached the medium. Choice 0 is "lost"; the last one is "the newest". */
interface Piece {
  readonly choices: number;
  /** Stamps of choices 1, 2, …: prefixes in time follow them. */
  readonly stamps: readonly number[];
}

interface Pending {
  readonly pieces: readonly Piece[];
  readonly build: (choice: readonly number[], fill: Fill) => DiskImage;
}

/**
 * The disk states that are legal after a power cut: for each pending sector, size and directory entry, any version that
 * was ever written or none. All combinations, where there are few enough.
 */
export function* powerCutStates(image: DiskImage, options: PowerCutOptions = {}): Generator<DiskState> {
  const { exhaustiveUpTo = 12, samples = 24, fills = ["nul", "stale"], settled } = options;
  const pending = pendingOf(settled === undefined ? image : withSettled(image, settled));
  const { pieces } = pending;
  const combinations = pieces.reduce((product, piece) => product * piece.choices, 1);
  const choices = combinations <= 2 ** exhaustiveUpTo ? all(pieces) : some(pieces, samples, image.stamp);
  const seen = new Set<string>();
  for (const choice of choices) {
    const key = choice.join(",");
    if (seen.has(key)) continue;
    seen.add(key);
    const first = pending.build(choice, fills[0] ?? "nul");
    yield { image: first, name: `${key || "nothing pending"} ${fills[0]}` };
    for (const fill of fills.slice(1)) {
      const other = pending.build(choice, fill);
      if (!sameContent(first, other)) yield { image: other, name: `${key} ${fill}` };
    }
  }
}

/** One legal state, drawn: each piece is lost, kept, or as it was in between. */
export function drawnState(image: DiskImage, random: SeededRandom): DiskState {
  const { pieces, build } = pendingOf(image);
  const choice = pieces.map(({ choices }) => random.below(choices));
  const fill = random.below(2) === 0 ? "nul" : "stale";
  return { image: build(choice, fill), name: `${choice.join(",") || "nothing pending"} ${fill}` };
}

function withSettled(image: DiskImage, settled: (path: string) => boolean): DiskImage {
  const inodes = new Map(image.inodes);
  for (const [path, id, inode] of walkFiles(image)) {
    if (inode.kind === "file" && settled(path)) inodes.set(id, { ...inode, pages: durablePages(inode.pages.bytes) });
  }
  return { ...image, inodes };
}

/** Everything reached the medium but the last write to the file, of which the first bytes did: torn at every byte. */
export function* tornStates(image: DiskImage, path: string, fills: readonly Fill[] = ["nul", "stale"]) {
  const found = [...walkFiles(image)].find(([each]) => each === path);
  const inode = found?.[2];
  if (found === undefined || inode?.kind !== "file" || inode.pages.lastWrite === undefined) return;
  const { position, end, before } = inode.pages.lastWrite;
  if (!isVolatile(inode.pages)) return;
  const { pieces, build } = pendingOf(image);
  const kept = build(newest(pieces), "nul");
  for (let cut = position; cut <= end; cut++) {
    const short = Buffer.concat([before.bytes.subarray(0, position), inode.pages.bytes.subarray(position, cut)]);
    const rest = before.bytes.subarray(cut);
    yield tornAt(kept, found[1], Buffer.concat([short, rest]), `torn at byte ${cut}`);
    if (cut === end) continue;
    for (const fill of fills) {
      const filled = filler(fill, cut, end);
      filled.set(before.bytes.subarray(cut, end));
      const whole = Buffer.concat([short, filled, inode.pages.bytes.subarray(end)]);
      yield tornAt(kept, found[1], whole, `torn at byte ${cut}, then ${fill}`);
    }
  }
}

function tornAt(image: DiskImage, id: number, bytes: Uint8Array, name: string): DiskState {
  const inode: Inode = { kind: "file", pages: durablePages(bytes), changedAt: image.stamp };
  return { image: { ...image, inodes: new Map(image.inodes).set(id, inode) }, name };
}

/** The two extremes: the medium has got nothing, or everything. */
export function extremeStates(image: DiskImage): DiskState[] {
  const { pieces, build } = pendingOf(image);
  if (pieces.length === 0) return [{ image: build([], "nul"), name: "nothing pending" }];
  const lost = { image: build(pieces.map(() => 0), "nul"), name: "all lost" }; // biome-ignore format: one line
  return [lost, { image: build(newest(pieces), "nul"), name: "all kept" }];
}

/** Paths below `directory` of which something is still on its way to the medium. */
export function volatilePaths(image: DiskImage, directory: string): string[] {
  const names = new Map([...walkFiles(image)].map(([path, id]) => [id, path]));
  const files = [...walkFiles(image, directory)]
    .filter(([, , inode]) => inode.kind === "file" && isVolatile(inode.pages))
    .map(([path]) => path);
  const entries = image.pendingEntries
    .flatMap(({ parts }) => parts)
    .map((part) => `${names.get(part.directory) ?? ""}/${part.name} (entry)`);
  return [...files, ...entries.filter((path) => path.startsWith(directory))];
}

function pendingOf(image: DiskImage): Pending {
  const files = [...image.inodes].filter(([, inode]) => inode.kind === "file" && isVolatile(inode.pages));
  const pieces: Piece[] = [];
  const places = files.map(([id, inode]) => ({
    id,
    inode: inode as FileInode,
    first: pieces.push(...piecesOf(inode)),
  }));
  const starts = places.map(({ inode, first }) => first - piecesOf(inode).length);
  const firstEntry = pieces.length;
  for (const { stamp } of image.pendingEntries) pieces.push({ choices: 2, stamps: [stamp] });
  return {
    pieces,
    build: (choice, fill) => {
      const inodes = new Map(image.inodes);
      places.forEach(({ id, inode }, index) => {
        const bytes = contentAfter(inode.pages, choice.slice(starts[index]), fill);
        inodes.set(id, { ...inode, pages: durablePages(bytes) });
      });
      const kept = image.pendingEntries.filter((_, index) => choice[firstEntry + index] === 1);
      return reachable(withDurableEntries({ inodes, pendingEntries: [], stamp: image.stamp + 1 }, kept));
    },
  };
}

function piecesOf(inode: Inode): Piece[] {
  if (inode.kind !== "file") return [];
  const { sectors, sizes } = inode.pages;
  const versions = [...(sizes.length > 0 ? [sizes] : []), ...sectors.values()];
  return versions.map((each) => ({ choices: each.length + 1, stamps: each.map(({ stamp }) => stamp) }));
}

function contentAfter(pages: FilePages, choice: readonly number[], fill: Fill): Uint8Array {
  let next = 0;
  const size = pages.sizes.length > 0 ? pages.sizes[(choice[next++] ?? 0) - 1]?.value : undefined;
  const sizeBytes = size ?? pages.durableSize;
  const bytes = filler(fill, 0, sizeBytes);
  bytes.set(pages.medium.subarray(0, sizeBytes));
  for (const [index, versions] of pages.sectors) {
    const chosen = versions[(choice[next++] ?? 0) - 1];
    const start = index * sectorBytes;
    if (chosen === undefined || start >= sizeBytes) continue;
    // The kernel fills the page with NULs behind the end of the file.
    bytes.fill(0, start, Math.min(start + sectorBytes, sizeBytes));
    bytes.set(chosen.value.subarray(0, sizeBytes - start), start);
  }
  return bytes;
}

function withDurableEntries(image: DiskImage, kept: readonly EntryChange[]): DiskImage {
  const inodes = new Map(image.inodes);
  for (const [id, inode] of inodes) {
    if (inode.kind === "directory") inodes.set(id, { ...inode, entries: inode.durable });
  }
  for (const part of kept.flatMap(({ parts }) => parts)) {
    const directory = inodes.get(part.directory) as DirectoryInode;
    inodes.set(part.directory, { ...directory, entries: changed(directory.entries, part) });
  }
  for (const [id, inode] of inodes) {
    if (inode.kind === "directory") inodes.set(id, { ...inode, durable: inode.entries });
  }
  return { ...image, inodes };
}

/** Without the inodes that no directory names: they would only be carried along. */
function reachable(image: DiskImage): DiskImage {
  const inodes = new Map([...image.inodes].slice(0, 1));
  for (const [, id, inode] of walkFiles(image)) inodes.set(id, inode);
  return { ...image, inodes };
}

function* all(pieces: readonly Piece[]): Generator<number[]> {
  const choice = pieces.map(() => 0);
  for (;;) {
    yield [...choice];
    const next = pieces.findIndex((piece, index) => (choice[index] ?? 0) < piece.choices - 1);
    if (next < 0) return;
    choice.fill(0, 0, next);
    choice[next] = (choice[next] ?? 0) + 1;
  }
}

function* some(pieces: readonly Piece[], samples: number, seed: number): Generator<number[]> {
  const stamps = [...new Set(pieces.flatMap(({ stamps }) => stamps))].sort((a, b) => a - b);
  for (const until of [0, ...stamps]) {
    yield pieces.map(({ stamps }) => stamps.filter((stamp) => stamp <= until).length);
  }
  for (let index = 0; index < pieces.length; index++) {
    yield newest(pieces).with(index, 0);
    yield pieces.map(() => 0).with(index, (pieces[index]?.choices ?? 1) - 1);
  }
  const random = seededRandom(seed);
  for (let sample = 0; sample < samples; sample++) yield pieces.map(({ choices }) => random.below(choices));
}

function newest(pieces: readonly Piece[]): number[] {
  return pieces.map(({ choices }) => choices - 1);
}

/** What an older file may have left on the medium: the most confusing there is, the last lines of some other ledger. */
const staleLine = Buffer.from(
  `{"at":"2026-11-20T00:00:00.000Z","durable":9,"event":"run.completed","from":{"agent_type":"system"},"kind":"event","payload":{},"seq":10,"hash":"${"0123456789abcdef".repeat(4)}"}\n`,
);

function filler(fill: Fill, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(to - from);
  if (fill === "nul") return bytes;
  return bytes.map((_, index) => staleLine[(from + index) % staleLine.length] ?? 0);
}

function sameContent(left: DiskImage, right: DiskImage): boolean {
  for (const [id, inode] of left.inodes) {
    const other = right.inodes.get(id);
    if (inode.kind !== "file" || other?.kind !== "file") continue;
    if (Buffer.compare(inode.pages.bytes, other.pages.bytes) !== 0) return false;
  }
  return true;
}
