import type { RunLayout } from "../../durable/layout.ts";
import { type LockOwner, readLockOwner } from "../../durable/writer-lock.ts";
import type { World } from "./world.ts";

/** Who last took a run's lock, and whether that process lives. */
export interface SeenOwner {
  /** Undefined if nobody ever wrote into the lock, or it cannot be read. */
  readonly owner: LockOwner | undefined;
  readonly exists: boolean;
}

/**
 * Reads the lock's content and leaves the lock alone: a reader's probe could make a writer's attempt fail. So that the
 * owner lives is a hint: its pid may have become another's. To be asked before the ledger is read, or a run that ends
 * meanwhile would pass for one whose process died.
 */
export function seenOwner(world: World, run: Pick<RunLayout, "lock">): SeenOwner {
  const owner = readLockOwner(world.disk, run.lock);
  const { hostname, bootId } = world.host;
  const isHere = owner !== undefined && owner.host === hostname && owner.boot_id === bootId;
  return { owner, exists: isHere && world.processes.exists(owner.pid) };
}
