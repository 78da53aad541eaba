import { RunledgerError } from "../../errors.ts";
import { type FoundRun, locateRun, type ReadOptions, readingRun, taskIdOf } from "../place/find-run.ts";

/** A run as far as it can be named: its task is known if entry 1 can be read. */
export type Located = Omit<FoundRun, "taskId"> & { readonly taskId: string | undefined };

/** Finds a run that may be damaged. `RUN_NOT_FOUND`, `ID_INVALID`, `FILE_NOT_FOUND` (no workspace). */
export function locateForCheck(options: ReadOptions & { runId: string }): Located {
  const located = locateRun(options);
  const { world, place, runId } = located;
  try {
    return { ...located, taskId: readingRun(runId, () => taskIdOf(world, place, runId)) };
  } catch (error) {
    // What else is wrong is found again, and reported.
    if (!(error instanceof RunledgerError) || error.code === "RUN_NOT_FOUND") throw error;
    return { ...located, taskId: undefined };
  }
}
