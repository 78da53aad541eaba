import { nodeDisk } from "../../durable/node-disk.ts";
import { emptyManifest, type Manifest } from "../../snapshot/manifest.ts";
import type { Place } from "../place/store.ts";
import { loaded } from "../place/system-error.ts";
import type { World } from "../place/world.ts";
import type { SnapshotOption } from "./options.ts";

/** The snapshot of the workspace as it is; the empty one where none is wanted. */
export async function manifestNow(
  world: World,
  place: Place,
  globs: SnapshotOption | undefined,
  cache: boolean | "read-only",
): Promise<Manifest> {
  if (globs === false) return emptyManifest(world.clock);
  const { disk, clock, randomness } = world;
  const [{ captureSnapshot }, { hashInWorkers }] = await loaded(
    Promise.all([import("../../snapshot/capture.ts"), import("../../snapshot/hash-in-workers.ts")]),
  );
  return captureSnapshot({
    disk,
    clock,
    randomness,
    root: place.workspace,
    store: place.layout.store,
    include: globs?.include,
    exclude: globs?.exclude,
    cache,
    // Workers know only the real disk.
    ...(disk === nodeDisk ? { hashMany: hashInWorkers } : {}),
  });
}
