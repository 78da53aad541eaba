import type { Disk, DiskFile, OpenMode } from "../../src/durable/disk.ts";
import type { Change } from "./changes.ts";

/** `disk`, noting each change that is asked of it, once it is done. */
export function recordingDisk(disk: Disk, note: (change: Change) => void): Disk {
  const recorded = recordedCalls(disk, note);
  // Whatever else a disk can do is passed on, and to the disk itself: the simulated one has private members.
  return new Proxy(disk, {
    get: (target, name: keyof Disk) =>
      Object.hasOwn(recorded, name) ? recorded[name as keyof typeof recorded] : target[name].bind(target),
  });
}

function recordedCalls(disk: Disk, note: (change: Change) => void) {
  return {
    open: (path, mode) => {
      const file = disk.open(path, mode);
      if (mode !== "read" && mode !== "read-unfollowed") note({ change: "open", path, mode });
      return recordingFile(file, mode, note);
    },
    makeDirectory: (path) => {
      const isNew = disk.makeDirectory(path);
      if (isNew) note({ change: "makeDirectory", path });
      return isNew;
    },
    rename: (path, to) => {
      disk.rename(path, to);
      note({ change: "rename", path, to });
    },
    unlink: (path) => {
      disk.unlink(path);
      note({ change: "unlink", path });
    },
    removeDirectory: (path) => {
      disk.removeDirectory(path);
      note({ change: "removeDirectory", path });
    },
    syncDirectory: (path) => {
      disk.syncDirectory(path);
      note({ change: "sync", path });
    },
  } satisfies Partial<Disk>;
}

function recordingFile(file: DiskFile, mode: OpenMode, note: (change: Change) => void): DiskFile {
  const { path } = file;
  return {
    path,
    stat: () => file.stat(),
    read: (target, position) => file.read(target, position),
    write: (bytes, position) => {
      file.write(bytes, position);
      const at = mode === "append" ? undefined : position;
      note({ change: "write", path, position: at, bytes: Buffer.from(bytes) });
    },
    truncate: (sizeBytes) => {
      file.truncate(sizeBytes);
      note({ change: "truncate", path, sizeBytes });
    },
    datasync: () => {
      file.datasync();
      note({ change: "datasync", path });
    },
    datasyncInBackground: async () => {
      await file.datasyncInBackground();
      note({ change: "datasync", path });
    },
    sync: () => {
      file.sync();
      note({ change: "sync", path });
    },
    tryLock: () => file.tryLock(),
    close: () => file.close(),
  };
}
