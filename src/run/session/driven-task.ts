import { RunledgerError } from "../../errors.ts";
import type { ResolvedTask } from "../../task/task.ts";
import { readTaskJson } from "../../task/task-json.ts";
import type { Driver } from "../command/driver.ts";
import type { OpenRun } from "../command/open-run.ts";
import type { ReadableRun } from "../command/readable-run.ts";
import type { FunctionTask } from "../function/define-task.ts";
import { functionDriver } from "../function/function-driver.ts";
import { type FunctionRecord, isFunctionRecord } from "../function/function-record.ts";
import { explain } from "../place/system-error.ts";

/** A run's task, from where it was recorded at the start. */
export interface LoadedTask {
  readonly driver: Driver;
  /** Undefined for functions. */
  readonly file: ResolvedTask | undefined;
}

/** The recorded input of `run`, driven by `given`. `TASK_MISMATCH` if it is a run of something else. */
export function loadFunctionTask(run: OpenRun, given: FunctionTask): LoadedTask {
  const task = recordedTask(run);
  if (isFunctionRecord(task) && task.name === given.name && task.version === given.version) {
    return { driver: functionDriver(given, task.input), file: undefined };
  }
  const recorded = isFunctionRecord(task) ? nameOf(task) : `the task file ${task.id}`;
  throw new RunledgerError("TASK_MISMATCH", `${run.state.runId} is a run of ${recorded}, not of ${nameOf(given)}`, {
    hint: "Pass the task that the run was started with, in the version it was started with.",
    details: { run_id: run.state.runId },
  });
}

/** What the run's `task.json` says, checked against the digest of entry 1. `FILE_NOT_FOUND`, `RECORD_DAMAGED`, `FORMAT_NEWER`. */
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

function nameOf({ name, version }: { name: string; version?: string | undefined }): string {
  return version === undefined ? `the function ${name}` : `the function ${name}, version ${version}`;
}
