import { loadMessageReader } from "../../agent/message-reader.ts";
import { RunledgerError } from "../../errors.ts";
import type { OpenRun } from "../command/open-run.ts";
import { isFunctionRecord } from "../function/function-record.ts";
import { graphDriver } from "./graph-driver.ts";
import { refuseIdleOnly } from "./idle-only.ts";
import type { DriveOptions } from "./options.ts";
import { type LoadedTask, recordedTask } from "./recorded-task.ts";

/** The task of `run`, a task file's. `TASK_MISMATCH` if it is a function's. */
export async function loadFileTask(run: OpenRun, { concurrency, only }: DriveOptions): Promise<LoadedTask> {
  const task = recordedTask(run);
  if (!isFunctionRecord(task)) {
    refuseIdleOnly(task, only);
    if (Object.keys(task.agents).length > 0) await loadMessageReader();
    return { driver: graphDriver(task, concurrency), file: task };
  }
  throw new RunledgerError("TASK_MISMATCH", `${run.state.runId} is a run of the function ${task.name}`, {
    hint: "Resume it from the program that defines it: resume(task, { runId })",
    details: { run_id: run.state.runId, task_id: task.name },
  });
}
