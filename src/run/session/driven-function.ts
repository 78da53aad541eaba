import { loadMessageReader } from "../../agent/message-reader.ts";
import { RunledgerError } from "../../errors.ts";
import type { OpenRun } from "../command/open-run.ts";
import type { FunctionTask } from "../function/define-task.ts";
import { functionDriver } from "../function/function-driver.ts";
import { isFunctionRecord } from "../function/function-record.ts";
import { type LoadedTask, recordedTask } from "./recorded-task.ts";

/** The recorded input of `run`, driven by `given`. `TASK_MISMATCH` if it is a run of something else. */
export async function loadFunctionTask(run: OpenRun, given: FunctionTask): Promise<LoadedTask> {
  const task = recordedTask(run);
  if (isFunctionRecord(task) && task.name === given.name && task.version === given.version) {
    if (Object.keys(given.agents).length > 0) await loadMessageReader();
    return { driver: functionDriver(given, task.input), file: undefined };
  }
  const recorded = isFunctionRecord(task) ? nameOf(task) : `the task file ${task.id}`;
  throw new RunledgerError("TASK_MISMATCH", `${run.state.runId} is a run of ${recorded}, not of ${nameOf(given)}`, {
    hint: "Pass the task that the run was started with, in the version it was started with.",
    details: { run_id: run.state.runId },
  });
}

function nameOf({ name, version }: { name: string; version?: string | undefined }): string {
  return version === undefined ? `the function ${name}` : `the function ${name}, version ${version}`;
}
