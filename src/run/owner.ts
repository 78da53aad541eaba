import { type LockOwner, readLockOwner, takeLock, type WriterLock } from "../durable/writer-lock.ts";
import { RunledgerError } from "../errors.ts";
import { timestamp } from "../ports.ts";
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

const pollMs = 10;

/** Waits for the lock under which runs are looked up and created: it is never held for long. */
export async function lockStarts(world: World, place: Place): Promise<WriterLock> {
  for (;;) {
    const lock = tryOwn(world, place.layout.startLock);
    if (lock !== undefined) return lock;
    await new Promise<void>((resolve) => world.clock.after(pollMs, resolve));
  }
}

function tryOwn(world: World, path: string): WriterLock | undefined {
  try {
    return takeLock(world.disk, path, lockOwner(world));
  } catch (error) {
    throw asRunledgerError(error, `the lock ${path} cannot be taken`, "CANNOT_CREATE");
  }
}
