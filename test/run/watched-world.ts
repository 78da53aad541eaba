import path from "node:path";
import type { Disk, DiskFile } from "../../src/durable/disk.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { systemWorld, type World } from "../../src/run/place/world.ts";

/** This machine, counting how often the content of each file was synced. */
export function countingWorld(): { world: World; syncsOf(name: string): number } {
  const syncs = new Map<string, number>();
  const count: Before = (file, method) => {
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
  const world = worldWhere((target, name) => {
    if (name === "open" || !methods.includes(name) || path.basename(target) !== file) return undefined;
    calls += 1;
    return calls >= n ? "EIO" : undefined;
  });
  return { world, failed: () => calls >= n };
}

/** This machine, on which a file's method fails if `errnoOf` answers with an errno. `open` is asked about too. */
export function worldWhere(errnoOf: (path: string, method: Method) => string | undefined): World {
  const before: Before = (target, method) => {
    const errno = errnoOf(target, method);
    if (errno !== undefined) throw Object.assign(new Error(`${errno}: as the test asked`), { code: errno });
  };
  const disk: Disk = {
    ...nodeDisk,
    open: (place, mode) => {
      before(place, "open");
      return watched(nodeDisk.open(place, mode), before);
    },
  };
  return { ...systemWorld, disk };
}

type Method = keyof DiskFile | "open";
type Before = (path: string, method: Method) => void;

const syncing: Method[] = ["sync", "datasync", "datasyncInBackground"];

/** Tells `before` of every call of a file's method; it may throw instead. */
function watched(file: DiskFile, before: Before): DiskFile {
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
