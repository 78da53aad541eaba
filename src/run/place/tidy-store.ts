import { replaceFile } from "../../durable/replace.ts";
import type { Place } from "./store.ts";
import { sweepStore, syncShared } from "./sweep-files.ts";
import { explain } from "./system-error.ts";
import type { World } from "./world.ts";

/**
 * Removes what starts that died left half-written in the store itself, and tells git to leave the store alone. The
 * caller holds the start lock: so nobody else is writing these files.
 */
export function tidyStore(world: World, { layout }: Place): void {
  explain(`the store ${layout.store} cannot be written`, "CANNOT_CREATE", () => {
    sweepStore(world, layout);
    syncShared(world, layout);
    if (world.disk.stat(layout.gitignore) !== undefined) return;
    replaceFile(world.disk, world.randomness, layout.gitignore, Buffer.from("*\n"), "store");
  });
}
