import { RunledgerError } from "../../errors.ts";
import type { ResolvedTask } from "../../task/task.ts";
import { readTaskJson } from "../../task/task-json.ts";
import type { Driver } from "../command/driver.ts";
import type { ReadableRun } from "../command/readable-run.ts";
import type { FunctionRecord } from "../function/function-record.ts";
import { explain } from "../place/system-error.ts";

/** A run's task, ready to be worked on. */
export interface LoadedTask {
  readonly driver: Driver;
  /** Undefined for functions. */
  readonly file: ResolvedTask | undefined;
}

/**
 * What the run's `task.json` says, checked against the digest of entry 1. `RECORD_DAMAGED`, `FORMAT_NEWER`, `PERMISSION`,
 * `READ_FAILED`.
 */
export function recordedTask({ world, layout, state }: ReadableRun): ResolvedTask | FunctionRecord {
  if (world.disk.stat(layout.task) === undefined) {
    throw new RunledgerError("RECORD_DAMAGED", `${layout.task} is gone`, {
      hint: "The ledger is untouched. Put the file back from a copy, or start anew: runledger run --task … --no-resume",
      details: { file: layout.task },
    });
  }
  const bytes = explain(`${layout.task} cannot be read`, "READ_FAILED", () => world.disk.readFile(layout.task));
  return readTaskJson(bytes, state.taskDigest);
}
