import type { RunLayout } from "../../durable/layout.ts";
import { RunledgerError } from "../../errors.ts";
import { peekLedger } from "../../ledger/peek.ts";
import { likelySpelling } from "../../task/spelling.ts";
import { refuseNoRunId } from "./given-text.ts";
import { runIds } from "./look-up.ts";
import { findPlace, type Place, type PlaceOptions } from "./store.ts";
import { explain } from "./system-error.ts";
import { isUnborn } from "./unborn.ts";
import { systemWorld, type World } from "./world.ts";

/** What every verb takes that only reads. */
export interface ReadOptions extends PlaceOptions {
  /** Disk, clock, randomness, processes and host, for tests. */
  world?: World | undefined;
}

/** A run that is there, for reading. */
export interface FoundRun {
  readonly world: World;
  readonly place: Place;
  readonly runId: string;
  readonly run: RunLayout;
  readonly taskId: string;
}

/** The folder of a run, whether it is there or not. `USAGE` if none is named, `ID_INVALID`. */
export function locateRun(options: ReadOptions & { runId: string }): Omit<FoundRun, "taskId"> {
  refuseNoRunId(options);
  const { world = systemWorld, runId } = options;
  const place = readingRun(runId, () => findPlace(world, options));
  return { world, place, runId, run: place.layout.run(runId) };
}

/**
 * Finds a run; nothing is written or locked. `RUN_NOT_FOUND`, `ID_INVALID`, `LEDGER_DAMAGED`, `PERMISSION`,
 * `READ_FAILED`.
 */
export function findRun(options: ReadOptions & { runId: string }): FoundRun {
  const located = locateRun(options);
  const { world, place, runId } = located;
  return { ...located, taskId: readingRun(runId, () => taskIdOf(world, place, runId)) };
}

/** A system error of `action` becomes one that names the run. */
export function readingRun<T>(runId: string, action: () => T): T {
  return explain(`${runId} cannot be read`, "READ_FAILED", action);
}

/** The task id that entry 1 names. `RUN_NOT_FOUND` if there is no such run. */
export function taskIdOf(world: World, place: Place, runId: string): string {
  const { ledger, directory } = place.layout.run(runId);
  const peek = world.disk.stat(directory) === undefined ? undefined : peekLedger(world.disk, ledger);
  if (peek !== undefined) return String(peek.first.payload["task_id"]);
  if (world.disk.stat(directory) === undefined || isUnborn(world, place, runId)) throw notFound(world, place, runId);
  throw new RunledgerError("LEDGER_DAMAGED", `${ledger}: line 1, byte 0: entry 1 was acknowledged and cannot be read`, {
    hint: "Nothing was changed. Restore the run's folder from a backup.",
    details: { file: ledger, line: 1, byte: 0 },
  });
}

function notFound(world: World, place: Place, runId: string): RunledgerError {
  const known = runIds(world, place);
  const likely = likelySpelling(runId, known);
  return new RunledgerError("RUN_NOT_FOUND", `no run ${runId} in ${place.layout.store}`, {
    hint: likely === undefined ? "List the runs that are there: runledger status" : `Did you mean ${likely}?`,
    details: { run_id: runId, store: place.layout.store },
  });
}
