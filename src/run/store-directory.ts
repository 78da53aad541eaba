import type { ReadOptions } from "./place/find-run.ts";
import { findPlace } from "./place/store.ts";
import { explain } from "./place/system-error.ts";
import { systemWorld } from "./place/world.ts";

/**
 * Where the runs are kept (an absolute path), and whether there is such a directory. Nothing is created.
 * `FILE_NOT_FOUND` if the workspace is no directory, `PERMISSION`, `READ_FAILED`.
 */
export function storeDirectory(options: ReadOptions = {}): { directory: string; exists: boolean } {
  const { world = systemWorld } = options;
  return explain("the store cannot be looked at", "READ_FAILED", () => {
    const { store } = findPlace(world, options).layout;
    return { directory: store, exists: world.disk.stat(store)?.kind === "directory" };
  });
}
