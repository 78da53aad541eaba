import { sweepProcesses } from "../../agent/sweep.ts";
import { Retries, type RetryRules } from "../../durable/retries.ts";
import type { WriterLock } from "../../durable/writer-lock.ts";
import { RunledgerError } from "../../errors.ts";
import { OpenRun, recoveredEvent } from "../command/open-run.ts";
import type { Place } from "../place/store.ts";
import { sweepTemporaries } from "../place/sweep-files.ts";
import type { World } from "../place/world.ts";
import type { DriveOptions } from "./options.ts";
import { recordKept } from "./record-kept.ts";

/** What is needed to open a run and to clear up behind its last process. */
export interface Life {
  readonly world: World;
  readonly place: Place;
  readonly runId: string;
  readonly taskId: string;
  /** The run's lock; released when the run is closed, however it ends. */
  readonly lock: WriterLock;
  readonly retryRules: RetryRules;
  readonly options: Pick<DriveOptions, "onEntry" | "onNotice">;
}

/** Opens the run; its lock is released if that fails, else when it is closed. */
export async function openRun({ world, place, runId, taskId, lock, retryRules, options }: Life): Promise<OpenRun> {
  const { onEntry, onNotice } = options;
  const parts = { world, layout: place.layout, runId, taskId, lock, retryRules, onEntry, onNotice };
  try {
    return await new Retries(retryRules).until(() => new OpenRun(parts));
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Says in the ledger what was cut when it was opened (at once, for it is cut whatever becomes of this resume), and
 * records what the last process could not.
 */
export async function noteRecovery(run: OpenRun, { options }: Life): Promise<void> {
  if (run.recovered !== undefined) await run.append(recoveredEvent(run, run.recovered));
  await recordKept(run, options.onNotice);
}

/** Before anything is sent or probed: what the dead process started is ended, what it left half-written is removed. */
export async function clearUp(
  {
    world,
    place,
    runId,
    taskId,
    options,
  }: Omit<Life, "lock" | "taskId" | "retryRules"> & { taskId: string | undefined },
  token: string,
): Promise<void> {
  const swept = await sweepProcesses({ processes: world.processes, disk: world.disk, clock: world.clock, token });
  if (swept.supported && swept.endedPids.length > 0) {
    const message = `ended what was left of the run's processes: ${swept.endedPids.join(", ")}`;
    options.onNotice?.({ code: "PROCESSES_ENDED", message });
  }
  if (swept.supported && swept.leftPids.length > 0) {
    throw new RunledgerError(
      "PERMISSION",
      `left-over processes of ${runId} cannot be ended: ${swept.leftPids.join(", ")}`,
      {
        hint: "End them yourself, then resume the run.",
        details: { pids: swept.leftPids },
      },
    );
  }
  sweepTemporaries(world, place, runId, taskId);
}
