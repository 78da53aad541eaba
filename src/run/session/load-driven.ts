import type { OpenRun } from "../command/open-run.ts";
import type { FunctionTask } from "../function/define-task.ts";
import { type LoadedTask, loadFunctionTask } from "./driven-task.ts";
import type { DriveOptions } from "./options.ts";

/** Drives `run` by `task`; by its recorded task file if that is undefined, which alone needs what drives graphs. */
export async function loadDriven(
  run: OpenRun,
  task: FunctionTask | undefined,
  options: DriveOptions,
): Promise<LoadedTask> {
  if (task !== undefined) return loadFunctionTask(run, task);
  const { loadFileTask } = await import("./driven-file.ts");
  return loadFileTask(run, options);
}
