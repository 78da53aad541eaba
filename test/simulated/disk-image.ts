import { durablePages, type FilePages } from "./file-pages.ts";

/**
 * Everything that a disk holds and that is on its way to it. Immutable: every change makes a new image that shares what
 * did not change, so tens of thousands of them can be kept.
 */
export interface DiskImage {
  readonly inodes: ReadonlyMap<number, Inode>;
  /** Changes of directories that are not durable, in order. */
  readonly pendingEntries: readonly EntryChange[];
  /** Counts the changes so far. */
  readonly stamp: number;
}

export type Inode = FileInode | DirectoryInode;

export interface FileInode {
  readonly kind: "file";
  readonly pages: FilePages;
  readonly changedAt: number;
}

export interface DirectoryInode {
  readonly kind: "directory";
  /** name → inode. */
  readonly entries: ReadonlyMap<string, number>;
  /** What is on the medium for certain. */
  readonly durable: ReadonlyMap<string, number>;
}

/** One creation, removal or renaming: all of it reaches the medium, or nothing. */
export interface EntryChange {
  readonly stamp: number;
  readonly parts: readonly EntryPart[];
}

export interface EntryPart {
  readonly directory: number;
  readonly name: string;
  /** Undefined: the name is removed. */
  readonly inode: number | undefined;
}

const rootInode = 1;
const noEntries: ReadonlyMap<string, number> = new Map();

/** A disk with nothing but its root. */
export const emptyImage: DiskImage = {
  inodes: new Map([[rootInode, { kind: "directory", entries: noEntries, durable: noEntries }]]),
  pendingEntries: [],
  stamp: 1,
};

/** The inode of an absolute path, or the errno why there is none. */
export function lookUp(image: DiskImage, path: string): number | "ENOENT" | "ENOTDIR" {
  let found = rootInode;
  for (const name of path.split("/").filter((each) => each !== "")) {
    const inode = image.inodes.get(found);
    if (inode?.kind !== "directory") return "ENOTDIR";
    const next = inode.entries.get(name);
    if (next === undefined) return "ENOENT";
    found = next;
  }
  return found;
}

export function inodeOf(image: DiskImage, id: number): Inode {
  const inode = image.inodes.get(id);
  if (inode === undefined) throw new Error(`no inode ${id}`);
  return inode;
}

export function directoryOf(image: DiskImage, id: number): DirectoryInode {
  const inode = inodeOf(image, id);
  if (inode.kind !== "directory") throw new Error(`inode ${id} is no directory`);
  return inode;
}

function withInode(image: DiskImage, id: number, inode: Inode): DiskImage {
  return { ...image, inodes: new Map(image.inodes).set(id, inode), stamp: image.stamp + 1 };
}

export function withPages(image: DiskImage, id: number, pages: FilePages): DiskImage {
  return withInode(image, id, { kind: "file", pages, changedAt: image.stamp });
}

/** The same content on its way to the medium: nobody sees a difference. */
export function withSyncedPages(image: DiskImage, id: number, pages: FilePages): DiskImage {
  const inode = inodeOf(image, id);
  return withInode(image, id, { kind: "file", pages, changedAt: inode.kind === "file" ? inode.changedAt : 0 });
}

/** A new file or directory under a new inode, in no directory yet. */
export function withNewInode(image: DiskImage, kind: Inode["kind"]): { image: DiskImage; id: number } {
  const id = image.stamp + 1;
  const inode: Inode =
    kind === "file"
      ? { kind, pages: durablePages(new Uint8Array()), changedAt: image.stamp }
      : { kind, entries: noEntries, durable: noEntries };
  return { image: withInode(image, id, inode), id };
}

/** Directories are changed together, and the change is pending. */
export function withEntries(image: DiskImage, parts: readonly EntryPart[]): DiskImage {
  const inodes = new Map(image.inodes);
  for (const part of parts) {
    const directory = directoryOf({ ...image, inodes }, part.directory);
    inodes.set(part.directory, { ...directory, entries: changed(directory.entries, part) });
  }
  const stamp = image.stamp + 1;
  return { inodes, pendingEntries: [...image.pendingEntries, { stamp, parts }], stamp };
}

/** fsync of a directory: its own entries are durable. Of a renaming across two, only this one's part. */
export function withSyncedDirectory(image: DiskImage, id: number): DiskImage {
  if (!image.pendingEntries.some(({ parts }) => parts.some((part) => part.directory === id))) return image;
  let durable = directoryOf(image, id).durable;
  const pendingEntries: EntryChange[] = [];
  for (const change of image.pendingEntries) {
    const rest = change.parts.filter((part) => part.directory !== id);
    for (const part of change.parts) if (part.directory === id) durable = changed(durable, part);
    if (rest.length > 0) pendingEntries.push({ ...change, parts: rest });
  }
  const synced = withInode(image, id, { ...directoryOf(image, id), durable });
  return { ...synced, pendingEntries };
}

export function changed(entries: ReadonlyMap<string, number>, { name, inode }: EntryPart): ReadonlyMap<string, number> {
  const after = new Map(entries);
  if (inode === undefined) after.delete(name);
  else after.set(name, inode);
  return after;
}

/** Every file that can be reached: path → inode. */
export function* walkFiles(image: DiskImage, directory = "/"): Generator<[path: string, id: number, inode: Inode]> {
  const at = lookUp(image, directory);
  if (typeof at === "string") return;
  yield* walkFrom(image, at, directory === "/" ? "" : directory);
}

function* walkFrom(image: DiskImage, id: number, path: string): Generator<[string, number, Inode]> {
  for (const [name, child] of directoryOf(image, id).entries) {
    const inode = inodeOf(image, child);
    yield [`${path}/${name}`, child, inode];
    if (inode.kind === "directory") yield* walkFrom(image, child, `${path}/${name}`);
  }
}
