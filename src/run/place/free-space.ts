import { RunledgerError } from "../../errors.ts";
import type { Place } from "./store.ts";
import type { World } from "./world.ts";

const leastBytes = 8 * 1024 * 1024;

/**
 * `DISK_FULL` if the store's file system is nearly full: better now than when the result of an hour's work cannot be
 * recorded. Where the system does not tell, it is taken to have room.
 */
export function refuseFullDisk(world: World, { layout }: Place): void {
  const freeBytes = freeBytesOf(world, layout.store);
  if (freeBytes === undefined || freeBytes >= leastBytes) return;
  const mebibytes = (freeBytes / 1024 / 1024).toFixed(1);
  throw new RunledgerError(
    "DISK_FULL",
    `only ${mebibytes} MiB are free where ${layout.store} lies; nothing was started`,
    {
      hint: `Free some space (a run wants at least ${leastBytes / 1024 / 1024} MiB), or choose another place: --store DIR`,
      details: { store: layout.store, free_bytes: freeBytes, least_bytes: leastBytes },
    },
  );
}

function freeBytesOf(world: World, directory: string): number | undefined {
  try {
    return world.disk.freeBytes(directory);
  } catch {
    return undefined;
  }
}
