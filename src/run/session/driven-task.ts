import type { OpenRun } from "../command/open-run.ts";
import type { FunctionTask } from "../function/define-task.ts";
import { loaded } from "../place/system-error.ts";
import { loadFunctionTask } from "./driven-function.ts";
import type { DriveOptions } from "./options.ts";
import type { LoadedTask } from "./recorded-task.ts";

/** Drives `run` by `task`; by its recorded task file if that is undefined, which alone needs what drives graphs. */
export async function loadDrivenTask(
  run: OpenRun,
  task: FunctionTask | undefined,
  options: DriveOptions,
): Promise<LoadedTask> {
  if (task !== undefined) return loadFunctionTask(run, task);
  const { loadFileTask } = await loaded(import("./driven-file.ts"));
  return loadFileTask(run, options);
}
