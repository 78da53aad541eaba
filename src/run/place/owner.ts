import { type LockOwner, readLockOwner, takeLock, type WriterLock } from "../../durable/writer-lock.ts";
import { RunledgerError } from "../../errors.ts";
import { timestamp } from "../../ports.ts";
import type { Place } from "./store.ts";
import { asRunledgerError } from "./system-error.ts";
import type { World } from "./world.ts";

/** What this process writes into the locks that it holds. */
export function lockOwner(world: World): LockOwner {
  const { pid, hostname, bootId } = world.host;
  return { pid, host: hostname, started_at: timestamp(world.clock), boot_id: bootId };
}

/** The run's lock, or `RUN_OWNED` naming the process that has it. The run's folder must exist. */
export function ownRun(world: World, place: Place, runId: string): WriterLock {
  const { lock: path } = place.layout.run(runId);
  const lock = tryOwn(world, path);
  if (lock !== undefined) return lock;
  const owner = namedOwner(world, path);
  const who =
    owner === undefined ? "another process" : `process ${owner.pid} on ${owner.host}, since ${owner.started_at}`;
  throw new RunledgerError("RUN_OWNED", `${runId} is being worked on by ${who}`, {
    hint: `Watch it with: runledger status --run ${runId}`,
    details: { run_id: runId, ...(owner && { owner }) },
  });
}

/** Whom a held lock names: nobody if that is a dead process of this machine, for its follower has not yet written. */
function namedOwner(world: World, path: string): LockOwner | undefined {
  const owner = readLockOwner(world.disk, path);
  const isHere = owner?.host === world.host.hostname;
  return isHere && !world.processes.exists(owner.pid) ? undefined : owner;
}

/** The lock under which runs are looked up and created; undefined if somebody has it at this moment. */
export function tryLockStarts(world: World, place: Place): WriterLock | undefined {
  return tryOwn(world, place.layout.startLock);
}

const pollMs = 10;
const silentMs = 1_000;

/**
 * Waits for the lock under which runs are looked up and created: as long as another start takes its snapshot, or until
 * `stop` is aborted (`INTERRUPTED`). `onLongWait` is told once for whom: the other process may have been stopped.
 */
export async function lockStarts(
  world: World,
  place: Place,
  stop: AbortSignal,
  onLongWait: (who: string) => void,
): Promise<WriterLock> {
  const sinceMs = world.clock.monotonicMs();
  for (let isTold = false; ; ) {
    const lock = tryLockStarts(world, place);
    if (lock !== undefined) return lock;
    if (stop.aborted) throw stop.reason instanceof RunledgerError ? stop.reason : interrupted(world, place);
    if (!isTold && world.clock.monotonicMs() - sinceMs >= silentMs) {
      isTold = true;
      onLongWait(starterIn(world, place));
    }
    await new Promise<void>((resolve) => world.clock.after(pollMs, resolve));
  }
}

function interrupted(world: World, place: Place): RunledgerError {
  const who = starterIn(world, place);
  return new RunledgerError("INTERRUPTED", `stopped waiting for ${who}, which is starting a run; nothing was started`, {
    hint: "Type the same command again.",
  });
}

function starterIn(world: World, place: Place): string {
  const owner = namedOwner(world, place.layout.startLock);
  return owner === undefined ? "another process" : `process ${owner.pid} on ${owner.host}`;
}

function tryOwn(world: World, path: string): WriterLock | undefined {
  try {
    return takeLock(world.disk, path, lockOwner(world));
  } catch (error) {
    throw asRunledgerError(error, `the lock ${path} cannot be taken`, "CANNOT_CREATE");
  }
}
