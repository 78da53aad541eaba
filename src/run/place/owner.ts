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
  const owner = readLockOwner(world.disk, path);
  const who =
    owner === undefined ? "another process" : `process ${owner.pid} on ${owner.host}, since ${owner.started_at}`;
  throw new RunledgerError("RUN_OWNED", `${runId} is being worked on by ${who}`, {
    hint: `Watch it with: runledger status --run ${runId}`,
    details: { run_id: runId, ...(owner && { owner }) },
  });
}

/** The lock under which runs are looked up and created; undefined if somebody has it at this moment. */
export function tryLockStarts(world: World, place: Place): WriterLock | undefined {
  return tryOwn(world, place.layout.startLock);
}

const pollMs = 10;

/**
 * Waits for the lock under which runs are looked up and created: as long as another start takes its snapshot, or until
 * `stop` is aborted (`INTERRUPTED`).
 */
export async function lockStarts(world: World, place: Place, stop: AbortSignal): Promise<WriterLock> {
  for (;;) {
    const lock = tryLockStarts(world, place);
    if (lock !== undefined) return lock;
    if (stop.aborted) throw stop.reason instanceof RunledgerError ? stop.reason : interrupted(world, place);
    await new Promise<void>((resolve) => world.clock.after(pollMs, resolve));
  }
}

function interrupted(world: World, place: Place): RunledgerError {
  const owner = readLockOwner(world.disk, place.layout.startLock);
  const who = owner === undefined ? "another process" : `process ${owner.pid} on ${owner.host}`;
  return new RunledgerError("INTERRUPTED", `stopped waiting for ${who}, which is starting a run; nothing was started`, {
    hint: "Type the same command again.",
  });
}

function tryOwn(world: World, path: string): WriterLock | undefined {
  try {
    return takeLock(world.disk, path, lockOwner(world));
  } catch (error) {
    throw asRunledgerError(error, `the lock ${path} cannot be taken`, "CANNOT_CREATE");
  }
}
