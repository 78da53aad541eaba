import path from "node:path";
import type { DirectoryEntry, Disk, DiskFile, FileStat, OpenMode } from "../../src/durable/disk.ts";
import {
  type DirectoryInode,
  directoryOf,
  inodeOf,
  lookUp,
  withEntries,
  withNewInode,
  withPages,
  withSyncedDirectory,
  withSyncedPages,
} from "./disk-image.ts";
import { type BeforeCall, type CallName, Crashed, type Fault, systemError } from "./faults.ts";
import { type FilePages, failSyncOfPages, syncPages, truncatePages, writePages } from "./file-pages.ts";
import type { Medium } from "./medium.ts";

/** The times of files count changes, from the moment at which simulated machines begin. */
const firstMs = Date.UTC(2026, 10, 1);

/**
 * The {@link Disk} of one simulated process. What is written becomes visible at once and durable by syncs alone; the
 * medium's image knows of every sector, size and directory entry whether it is.
 *
 * Assumed, as of journaling file systems: a renaming is one change; a failed sync of a directory is tried again by the
 * next one (a journal that cannot be written makes the file system read-only); no symlinks.
 */
export class SimulatedDisk implements Disk {
  readonly #medium: Medium;
  readonly #before: BeforeCall;
  readonly #held = new Set<number>();
  #calls = 0;
  #alive = true;

  constructor(medium: Medium, before: BeforeCall = () => undefined) {
    this.#medium = medium;
    this.#before = before;
  }

  /** How many calls were made. */
  get calls(): number {
    return this.#calls;
  }

  /** The process dies: its locks are free, and what it still calls has no effect. */
  die(): void {
    this.#alive = false;
    for (const inode of this.#held) this.#medium.locks.delete(inode);
    this.#held.clear();
  }

  open(file: string, mode: OpenMode): DiskFile {
    return this.#call("open", file, () => {
      const found = lookUp(this.#medium.image, file);
      if (typeof found === "number") {
        if (mode === "create") throw systemError("EEXIST", { name: "open", path: file });
        const isDirectory = inodeOf(this.#medium.image, found).kind === "directory";
        if (isDirectory) throw systemError("EISDIR", { name: "open", path: file });
        return this.#opened(file, found, mode);
      }
      if (found !== "ENOENT" || mode.startsWith("read") || mode === "update")
        throw systemError(found, { name: "open", path: file });
      return this.#opened(file, this.#create(file, "file"), mode);
    });
  }

  readFile(file: string): Uint8Array {
    return this.#call("readFile", file, () => {
      const inode = inodeOf(this.#medium.image, this.#find("readFile", file));
      if (inode.kind === "directory") throw systemError("EISDIR", { name: "readFile", path: file });
      return inode.pages.bytes;
    });
  }

  stat(file: string): FileStat | undefined {
    return this.#call("stat", file, () => {
      const found = lookUp(this.#medium.image, file);
      return typeof found === "number" ? this.#statOf(found) : undefined;
    });
  }

  list(directory: string): DirectoryEntry[] {
    return this.#call("list", directory, () => {
      const { entries } = this.#directory("list", directory);
      return [...entries].map(([name, id]) => ({ name, kind: inodeOf(this.#medium.image, id).kind, utf8: true }));
    });
  }

  readLink(file: string): Uint8Array {
    return this.#call("readLink", file, () => {
      this.#find("readLink", file);
      throw systemError("EINVAL", { name: "readLink", path: file });
    });
  }

  realPath(file: string): string {
    return this.#call("realPath", file, () => {
      this.#find("realPath", file);
      return path.resolve(file);
    });
  }

  makeDirectory(directory: string): boolean {
    return this.#call("makeDirectory", directory, () => {
      const found = lookUp(this.#medium.image, directory);
      if (found === "ENOTDIR") throw systemError(found, { name: "makeDirectory", path: directory });
      if (found === "ENOENT") {
        this.#create(directory, "directory");
        return true;
      }
      if (inodeOf(this.#medium.image, found).kind === "directory") return false;
      throw systemError("EEXIST", { name: "makeDirectory", path: directory });
    });
  }

  rename(from: string, to: string): void {
    this.#call("rename", from, () => {
      const inode = this.#find("rename", from);
      const target = lookUp(this.#medium.image, to);
      if (typeof target === "number") {
        const kind = inodeOf(this.#medium.image, target).kind;
        if (kind === "directory") throw systemError("EISDIR", { name: "rename", path: to });
      }
      const source = { directory: this.#parent("rename", from), name: path.basename(from), inode: undefined };
      const parts = [{ directory: this.#parent("rename", to), name: path.basename(to), inode }, source];
      this.#medium.image = withEntries(this.#medium.image, parts);
    });
  }

  unlink(file: string): void {
    this.#call("unlink", file, () => {
      const inode = inodeOf(this.#medium.image, this.#find("unlink", file));
      if (inode.kind === "directory") throw systemError("EISDIR", { name: "unlink", path: file });
      this.#remove("unlink", file);
    });
  }

  removeDirectory(directory: string): void {
    this.#call("removeDirectory", directory, () => {
      const { entries } = this.#directory("removeDirectory", directory);
      if (entries.size > 0) throw systemError("ENOTEMPTY", { name: "removeDirectory", path: directory });
      this.#remove("removeDirectory", directory);
    });
  }

  syncDirectory(directory: string): void {
    this.#call("syncDirectory", directory, () => {
      this.#directory("syncDirectory", directory);
      this.#medium.image = withSyncedDirectory(this.#medium.image, this.#find("syncDirectory", directory));
    });
  }

  freeBytes(directory: string): number {
    return this.#call("freeBytes", directory, () => {
      this.#find("freeBytes", directory);
      return 2 ** 40;
    });
  }

  /** That of ext4. */
  fileSystemType(directory: string): number {
    return this.#call("fileSystemType", directory, () => {
      this.#find("fileSystemType", directory);
      return 0xef53;
    });
  }

  changeMode(file: string, mode: number): void {
    this.#call("changeMode", file, () => void this.#medium.modes.set(this.#find("changeMode", file), mode));
  }

  #opened(file: string, inode: number, mode: OpenMode): DiskFile {
    const handle: { open: boolean } = { open: true };
    const pages = () => this.#pages(inode);
    const set = (after: FilePages) => {
      if (after !== pages()) this.#medium.image = withPages(this.#medium.image, inode, after);
    };
    const call = <T>(name: CallName, action: () => T, failing?: (fault: Fault) => void): T =>
      this.#call(
        name,
        file,
        () => {
          if (!handle.open) throw systemError("EBADF", { name, path: file });
          return action();
        },
        failing,
      );
    const write = (bytes: Uint8Array, position: number | undefined): void => {
      if (mode.startsWith("read")) throw systemError("EBADF", { name: "file.write", path: file });
      const at = mode === "append" || position === undefined ? pages().bytes.length : position;
      set(writePages(pages(), at, bytes, this.#medium.image.stamp + 1));
    };
    /** A short write is continued, also if what follows is short again. */
    const writeAll = (bytes: Uint8Array, position?: number): void => {
      const half = bytes.length >> 1;
      let short = false;
      call(
        "file.write",
        () => write(bytes, position),
        ({ effect }) => {
          if (effect === "torn" || effect === "short") write(bytes.subarray(0, half), position);
          short = effect === "short";
        },
      );
      if (short) writeAll(bytes.subarray(half), position === undefined ? undefined : position + half);
    };
    const setSynced = (after: FilePages) => {
      if (after !== pages()) this.#medium.image = withSyncedPages(this.#medium.image, inode, after);
    };
    const sync = (name: "file.datasync" | "file.sync", begun = this.#medium.image.stamp) =>
      call(
        name,
        () => setSynced(syncPages(pages(), begun)),
        () => setSynced(failSyncOfPages(pages())),
      );
    const unlock = () => {
      if (this.#medium.locks.get(inode) !== handle) return;
      this.#medium.locks.delete(inode);
      this.#held.delete(inode);
    };
    return {
      path: file,
      stat: () => call("file.stat", () => this.#statOf(inode)),
      read: (target, position) => call("file.read", () => readInto(target, pages().bytes, position)),
      write: writeAll,
      truncate: (sizeBytes) =>
        call("file.truncate", () => {
          if (mode.startsWith("read")) throw systemError("EINVAL", { name: "file.truncate", path: file });
          set(truncatePages(pages(), sizeBytes, this.#medium.image.stamp + 1));
        }),
      datasync: () => sync("file.datasync"),
      datasyncInBackground: async () => {
        const begun = this.#medium.image.stamp;
        await turn();
        sync("file.datasync", begun);
      },
      sync: () => sync("file.sync"),
      tryLock: () =>
        call("file.tryLock", () => {
          const holder = this.#medium.locks.get(inode);
          if (holder !== undefined) return holder === handle;
          this.#medium.locks.set(inode, handle);
          this.#held.add(inode);
          return true;
        }),
      close: () => {
        if (!handle.open) return;
        try {
          call("file.close", () => {});
        } finally {
          handle.open = false;
          if (this.#alive) unlock();
        }
      },
    };
  }

  /** `failing` is what a call with a fault does to the disk, unless nothing or all of it. */
  #call<T>(name: CallName, file: string, action: () => T, failing: (fault: Fault) => void = () => {}): T {
    if (!this.#alive) throw new Crashed();
    this.#calls += 1;
    const call = { n: this.#calls, name, path: file };
    const fault = this.#before(call);
    if (!this.#alive) throw new Crashed();
    if (fault === undefined) return action();
    if (fault.effect === "kept") action();
    else failing(fault);
    if (fault.effect === "short") return undefined as T;
    throw systemError(fault.errno, call);
  }

  #pages(inode: number): FilePages {
    const found = inodeOf(this.#medium.image, inode);
    if (found.kind === "directory") throw new Error(`inode ${inode} is a directory`);
    return found.pages;
  }

  #statOf(id: number): FileStat {
    const inode = inodeOf(this.#medium.image, id);
    const changedMs = firstMs + (inode.kind === "file" ? inode.changedAt : 0);
    const isFile = inode.kind === "file";
    return {
      kind: inode.kind,
      sizeBytes: isFile ? inode.pages.bytes.length : 4096,
      mode: this.#medium.modes.get(id) ?? (isFile ? 0o600 : 0o700),
      inode: id,
      modifiedMs: changedMs,
      changedMs,
    };
  }

  #find(name: CallName, file: string): number {
    const found = lookUp(this.#medium.image, file);
    if (typeof found === "string") throw systemError(found, { name, path: file });
    return found;
  }

  #directory(name: CallName, file: string): DirectoryInode {
    const inode = inodeOf(this.#medium.image, this.#find(name, file));
    if (inode.kind !== "directory") throw systemError("ENOTDIR", { name, path: file });
    return inode;
  }

  #parent(name: CallName, file: string): number {
    const parent = this.#find(name, path.dirname(file));
    const isFile = inodeOf(this.#medium.image, parent).kind === "file";
    if (isFile) throw systemError("ENOTDIR", { name, path: file });
    return parent;
  }

  #create(file: string, kind: "file" | "directory"): number {
    const directory = this.#parent("open", file);
    const { image, id } = withNewInode(this.#medium.image, kind);
    this.#medium.image = withEntries(image, [{ directory, name: path.basename(file), inode: id }]);
    return id;
  }

  #remove(call: CallName, file: string): void {
    const directory = this.#parent(call, file);
    directoryOf(this.#medium.image, directory);
    const parts = [{ directory, name: path.basename(file), inode: undefined }];
    this.#medium.image = withEntries(this.#medium.image, parts);
  }
}

function readInto(target: Uint8Array, bytes: Uint8Array, position: number): number {
  const part = bytes.subarray(position, position + target.length);
  target.set(part);
  return part.length;
}

/** What a process does while a sync is under way. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
