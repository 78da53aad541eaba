import type { Disk, DiskFile, OpenMode } from "../../src/durable/disk.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { type CallName, type Fault, systemError } from "../simulated/faults.ts";

/** A call that changes or syncs something. */
export interface WatchedCall {
  readonly name: CallName;
  readonly path: string;
  /** How the file was opened, and for a write at a position where it goes. */
  readonly mode?: OpenMode | undefined;
  readonly position?: number | undefined;
  readonly bytes?: Uint8Array | undefined;
}

export interface Watch {
  /** Asked before each call that changes or syncs something; may answer with a fault. */
  before(call: WatchedCall): Fault | undefined;
  /** A sync in the background begins when this resolves. */
  beforeBackgroundSync(): Promise<void>;
}

/** The real disk under the eyes of a test. */
export function watchedDisk(watch: Watch): Disk {
  const call = (watched: WatchedCall, action: () => void) => act(watch, watched, action);
  return {
    ...nodeDisk,
    open: (path, mode) => {
      const fault = watch.before({ name: "open", path, mode });
      if (fault !== undefined) throw systemError(fault.errno, { name: "open", path });
      return watchedFile(nodeDisk.open(path, mode), mode, watch);
    },
    readFile: (path) => {
      const fault = watch.before({ name: "readFile", path });
      if (fault !== undefined) throw systemError(fault.errno, { name: "readFile", path });
      return nodeDisk.readFile(path);
    },
    rename: (from, to) => call({ name: "rename", path: to }, () => nodeDisk.rename(from, to)),
    unlink: (path) => call({ name: "unlink", path }, () => nodeDisk.unlink(path)),
    syncDirectory: (path) => call({ name: "syncDirectory", path }, () => nodeDisk.syncDirectory(path)),
  };
}

function watchedFile(file: DiskFile, mode: OpenMode, watch: Watch): DiskFile {
  const { path } = file;
  const call = (name: CallName, action: () => void) => act(watch, { name, path, mode }, action);
  return {
    path,
    stat: () => file.stat(),
    read: (target, position) => file.read(target, position),
    write: (bytes, position) => {
      const torn = () => file.write(bytes.subarray(0, bytes.length >> 1), position);
      act(watch, { name: "file.write", path, mode, position, bytes }, () => file.write(bytes, position), torn);
    },
    truncate: (sizeBytes) => call("file.truncate", () => file.truncate(sizeBytes)),
    datasync: () => call("file.datasync", () => file.datasync()),
    datasyncInBackground: async () => {
      await watch.beforeBackgroundSync();
      call("file.datasync", () => {});
      await file.datasyncInBackground();
    },
    sync: () => call("file.sync", () => file.sync()),
    tryLock: () => file.tryLock(),
    close: () => file.close(),
  };
}

function act(watch: Watch, call: WatchedCall, action: () => void, torn: () => void = () => {}): void {
  const fault = watch.before(call);
  if (fault === undefined || fault.effect === "kept") action();
  else if (fault.effect === "torn") torn();
  if (fault !== undefined) throw systemError(fault.errno, call);
}
