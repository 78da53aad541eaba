import type { Dirent, Stats } from "node:fs";
import { errnoOf, RunledgerError } from "../errors.ts";
import type { DirectoryEntry, Disk, DiskFile, FileKind, FileStat, OpenMode } from "./disk.ts";
import { syncThread } from "./sync-thread.ts";

// Not by import, for which Node would list all their names first: that takes as long as reading a run.
const fs = process.getBuiltinModule("node:fs");

const { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR } = fs.constants;

/** Somebody may have put a FIFO in the place of a file: opening it must not wait for one who writes. Files do not care. */
const readNow = O_RDONLY | fs.constants.O_NONBLOCK;

const flagsOf: Record<OpenMode, number> = {
  read: readNow,
  "read-unfollowed": readNow | O_NOFOLLOW,
  append: O_RDWR | O_APPEND | O_CREAT,
  update: O_RDWR,
  create: O_RDWR | O_CREAT | O_EXCL,
  lock: O_RDWR | O_CREAT,
};

const orUndefined = { throwIfNoEntry: false } as const;

/** The {@link Disk} of this machine, on `node:fs`. Node opens every file with O_CLOEXEC. */
export const nodeDisk: Disk = {
  open: (path, mode, permissions = 0o600) => new NodeFile(path, fs.openSync(path, flagsOf[mode], permissions)),
  readFile: (path) => fs.readFileSync(path, { flag: readNow as unknown as string }),
  stat: (path) => {
    try {
      const stat = fs.lstatSync(path, orUndefined);
      return stat && fileStat(stat);
    } catch (error) {
      if (errnoOf(error) === "ENOTDIR") return undefined;
      throw error;
    }
  },
  list: listDirectory,
  readLink: (path) => fs.readlinkSync(path, { encoding: "buffer" }),
  realPath: (path) => fs.realpathSync.native(path),
  makeDirectory: (path, permissions = 0o700) => {
    try {
      fs.mkdirSync(path, { mode: permissions });
      return true;
    } catch (error) {
      if (errnoOf(error) === "EEXIST" && fs.statSync(path).isDirectory()) return false;
      throw error;
    }
  },
  rename: (from, to) => fs.renameSync(from, to),
  unlink: (path) => fs.unlinkSync(path),
  removeDirectory: (path) => fs.rmdirSync(path),
  syncDirectory: (path) => {
    const descriptor = fs.openSync(path, O_RDONLY);
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  },
  freeBytes: (path) => {
    const { bavail, bsize } = fs.statfsSync(path);
    return bavail * bsize;
  },
  fileSystemType: (path) => fs.statfsSync(path).type,
  changeMode: (path, mode) => fs.chmodSync(path, mode),
};

class NodeFile implements DiskFile {
  readonly path: string;
  #descriptor: number;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  stat(): FileStat {
    return fileStat(fs.fstatSync(this.#descriptor));
  }

  read(target: Uint8Array, position: number): number {
    return fs.readSync(this.#descriptor, target, 0, target.length, position);
  }

  write(bytes: Uint8Array, position?: number): void {
    let done = 0;
    while (done < bytes.length) {
      const at = position === undefined ? null : position + done;
      done += fs.writeSync(this.#descriptor, bytes, done, bytes.length - done, at);
    }
  }

  truncate(sizeBytes: number): void {
    fs.ftruncateSync(this.#descriptor, sizeBytes);
  }

  datasync(): void {
    fs.fdatasyncSync(this.#descriptor);
  }

  async datasyncInBackground(): Promise<void> {
    const thread = syncThread();
    if (thread === undefined) this.datasync();
    else await thread.datasync(this.#descriptor);
  }

  sync(): void {
    fs.fsyncSync(this.#descriptor);
  }

  tryLock(): boolean {
    return loadLocks().tryLock(this.#descriptor);
  }

  close(): void {
    if (this.#descriptor < 0) return;
    const descriptor = this.#descriptor;
    this.#descriptor = -1;
    fs.closeSync(descriptor);
  }
}

interface KernelLocks {
  tryLock(descriptor: number): boolean;
}

/** Loaded when first needed: readers never lock. (F_OFD_SETLK on Linux, LockFileEx on Windows.) */
function loadLocks(): KernelLocks {
  const { createRequire } = process.getBuiltinModule("node:module");
  const require = createRequire(import.meta.url);
  try {
    return prebuiltLocks(require) ?? (require("fs-native-extensions") as KernelLocks);
  } catch (cause) {
    throw new RunledgerError(
      "UNSUPPORTED",
      "kernel file locks cannot be used on this system, so no run may be written",
      {
        hint: "Reading commands (status, show, verify) work; run on Linux with glibc or on macOS.",
        cause,
      },
    );
  }
}

/**
 * The package loads a dozen modules to find its binary, which takes longer than opening a run of a thousand steps. So the
 * binary is loaded from where it lies; undefined if it does not lie there, and then the package looks for it.
 */
function prebuiltLocks(require: NodeJS.Require): KernelLocks | undefined {
  const tryLock = prebuiltBinary(require)?.tryLock;
  return tryLock && { tryLock: (descriptor) => isTaken(() => tryLock(descriptor, 0, 0, true)) };
}

interface LockBinary {
  tryLock?(descriptor: number, offset: number, length: number, exclusive: boolean): void;
}

function prebuiltBinary(require: NodeJS.Require): LockBinary | undefined {
  try {
    switch (`${process.platform}-${process.arch}`) {
      case "linux-x64":
        return require("fs-native-extensions/prebuilds/linux-x64/fs-native-extensions.node") as LockBinary;
      case "linux-arm64":
        return require("fs-native-extensions/prebuilds/linux-arm64/fs-native-extensions.node") as LockBinary;
      case "darwin-arm64":
        return require("fs-native-extensions/prebuilds/darwin-arm64/fs-native-extensions.node") as LockBinary;
    }
  } catch {}
  return undefined;
}

/** False if somebody else has the lock. */
function isTaken(take: () => void): boolean {
  try {
    take();
    return true;
  } catch (error) {
    if (errnoOf(error) === "EAGAIN") return false;
    throw error;
  }
}

function listDirectory(path: string): DirectoryEntry[] {
  const entries = readEntries(path);
  if (!entries.some((entry) => entry.name.includes("\uFFFD"))) return entries;
  const valid = utf8Names(path);
  return entries.map((entry) => ({ ...entry, utf8: !entry.name.includes("\uFFFD") || valid.has(entry.name) }));
}

/**
 * Where the system does not tell what an entry is, Node asks, and fails for the whole directory if the entry is gone
 * meanwhile: in /proc whenever a process ends. Then each is asked here, and those that are gone are left out.
 */
function readEntries(path: string): DirectoryEntry[] {
  try {
    const entries = fs.readdirSync(path, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry), utf8: true }));
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    return fs.readdirSync(path).flatMap((name) => {
      const stat = fs.lstatSync(`${path}/${name}`, orUndefined);
      return stat === undefined ? [] : [{ name, kind: kindOfMode(stat.mode), utf8: true }];
    });
  }
}

function utf8Names(path: string): Set<string> {
  const names = fs.readdirSync(path, { encoding: "buffer" });
  return new Set(names.filter((name) => Buffer.from(name.toString()).equals(name)).map((name) => name.toString()));
}

function fileStat(stat: Stats): FileStat {
  return {
    kind: kindOfMode(stat.mode),
    sizeBytes: stat.size,
    mode: stat.mode & 0o7777,
    inode: stat.ino,
    modifiedMs: stat.mtimeMs,
    changedMs: stat.ctimeMs,
  };
}

/** As {@link kindOf}, without asking three times: there are many files. */
function kindOfMode(mode: number): FileKind {
  const type = mode & S_IFMT;
  if (type === S_IFREG) return "file";
  if (type === S_IFDIR) return "directory";
  return type === S_IFLNK ? "symlink" : "other";
}

function kindOf(entry: Dirent): FileKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "symlink" : "other";
}
