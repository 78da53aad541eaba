import path from "node:path";
import type { Disk, DiskFile } from "../../src/durable/disk.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { systemWorld, type World } from "../../src/run/place/world.ts";

/** This machine, counting how often the content of each file was synced. */
export function countingWorld(): { world: World; syncsOf(name: string): number } {
  const syncs = new Map<string, number>();
  const count = (file: string, method: keyof DiskFile) => {
    if (syncing.includes(method)) syncs.set(path.basename(file), (syncs.get(path.basename(file)) ?? 0) + 1);
  };
  const disk: Disk = { ...nodeDisk, open: (file, mode) => watched(nodeDisk.open(file, mode), count) };
  return { world: { ...systemWorld, disk }, syncsOf: (name) => syncs.get(name) ?? 0 };
}

/** This machine, on which the n-th of these calls on files of that name fails with EIO, and every later one. */
export function failingWorld(
  file: string,
  methods: readonly (keyof DiskFile)[],
  n: number,
): { world: World; failed(): boolean } {
  let calls = 0;
  const disk: Disk = {
    ...nodeDisk,
    open: (place, mode) =>
      watched(nodeDisk.open(place, mode), (target, name) => {
        if (!methods.includes(name) || path.basename(target) !== file) return;
        calls += 1;
        if (calls >= n) throw Object.assign(new Error("EIO: as the test asked"), { code: "EIO" });
      }),
  };
  return { world: { ...systemWorld, disk }, failed: () => calls >= n };
}

const syncing: (keyof DiskFile)[] = ["sync", "datasync", "datasyncInBackground"];

/** Tells `before` of every call of a file's method; it may throw instead. */
function watched(file: DiskFile, before: (path: string, method: keyof DiskFile) => void): DiskFile {
  return new Proxy(file, {
    get: (target, name: keyof DiskFile) => {
      const member = target[name];
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        before(target.path, name);
        return (member as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}
