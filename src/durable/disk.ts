/**
 * The disk as a port. Everything that can fail in a crash goes through it, so that a simulated disk can decide which
 * unsynced writes, directory entries and tails survive a power cut.
 *
 * Every method throws the system's error (an `Error` with an errno `code`) unless its comment says otherwise. What a
 * comment states is true when the call returns. All calls are synchronous: they beat asynchronous ones by a factor of
 * three to six for small files, and a crash point is then a place in the program.
 */
export interface Disk {
  /**
   * See {@link OpenMode}. New files have the `permissions`, 0600 unless told otherwise, less the process's umask, and are
   * closed on exec.
   */
  open(path: string, mode: OpenMode, permissions?: number): DiskFile;
  /** The whole content, in memory: for small files of known origin. */
  readFile(path: string): Uint8Array;
  /** What `path` itself is (a symlink is not followed); undefined only if nothing is there (ENOENT, ENOTDIR). */
  stat(path: string): FileStat | undefined;
  /** Entries of a directory in no particular order, without `.` and `..`. */
  list(path: string): DirectoryEntry[];
  /** The target text of a symlink, as bytes. */
  readLink(path: string): Uint8Array;
  /** The absolute path with all symlinks resolved. */
  realPath(path: string): string;
  /** Creates one directory with the `permissions`, 0700 unless told otherwise. False if it was there already. */
  makeDirectory(path: string, permissions?: number): boolean;
  /** Replaces `to` by `from` in one step. Not durable before {@link syncDirectory} of both parents. */
  rename(from: string, to: string): void;
  unlink(path: string): void;
  removeDirectory(path: string): void;
  /** The directory's entries are durable. */
  syncDirectory(path: string): void;
  /** Bytes that an unprivileged process may still write on the file system of `path`. */
  freeBytes(path: string): number;
  /** What kind of file system `path` is on: the `f_type` of statfs(2), which means something on Linux only. */
  fileSystemType(path: string): number;
  /** Sets the permission bits of what `path` is (a symlink is followed). Not durable before a sync of the file. */
  changeMode(path: string, mode: number): void;
}

/**
 * - `read`: must exist.
 * - `read-unfollowed`: the same, but of a symlink it is ELOOP: for what others may replace meanwhile.
 * - `append`: created if missing; every write goes to the end (O_APPEND), positions are not given.
 * - `update`: must exist; reads and writes at positions.
 * - `create`: must not exist (O_EXCL); reads and writes at positions.
 * - `lock`: created if missing; reads and writes at positions, nothing truncated.
 */
export type OpenMode = "read" | "read-unfollowed" | "append" | "update" | "create" | "lock";

export interface DiskFile {
  readonly path: string;
  /** What the open file is now. */
  stat(): FileStat;
  /** Reads at `position` into `target`; how many bytes were read, 0 at the end of the file. */
  read(target: Uint8Array, position: number): number;
  /** All of `bytes` are written (short writes are continued) at `position`, or at the end in mode `append`. */
  write(bytes: Uint8Array, position?: number): void;
  truncate(sizeBytes: number): void;
  /** Content and size are durable (fdatasync). After a failure nothing may be assumed about what was written. */
  datasync(): void;
  /** The same in a thread that does nothing else, so that a slow disk does not stop timers; in place until it is up. */
  datasyncInBackground(): Promise<void>;
  /** Content and metadata are durable (fsync). */
  sync(): void;
  /**
   * Takes the exclusive kernel lock of this open file without waiting; false if another open file has it. It is free
   * the moment the file is closed or its process dies, and is not inherited.
   */
  tryLock(): boolean;
  /** Closing twice is allowed. */
  close(): void;
}

export interface FileStat {
  readonly kind: FileKind;
  readonly sizeBytes: number;
  /** Permission bits, e.g. 0o644. */
  readonly mode: number;
  readonly inode: number;
  /** Milliseconds since the epoch with fractions, as the file system says. */
  readonly modifiedMs: number;
  readonly changedMs: number;
}

export type FileKind = "file" | "directory" | "symlink" | "other";

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: FileKind;
  /** False if the name's bytes are not UTF-8; `name` then shows U+FFFD in their place. */
  readonly utf8: boolean;
}
