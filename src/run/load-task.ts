import { loadTask as load } from "../task/load.ts";
import type { ResolvedTask } from "../task/task.ts";
import { findPlace, type PlaceOptions } from "./place/store.ts";
import { systemWorld, type World } from "./place/world.ts";

/**
 * Reads a task file, named by its path, or by an id that is looked up as `tasks/<id>.{yaml,yml,json}` in the workspace.
 *
 * `TASK_NOT_FOUND`; `TASK_INVALID`, `TASK_STEP_DUPLICATE`, `TASK_NEEDS_UNKNOWN`, `TASK_NEEDS_CYCLE` with file, line and field
 * of each problem; `FORMAT_NEWER`, `PERMISSION`, `READ_FAILED`.
 */
export function loadTask(reference: string, options: PlaceOptions & { world?: World | undefined } = {}): ResolvedTask {
  const { world = systemWorld } = options;
  const { workspace } = findPlace(world, options);
  return load({ disk: world.disk, workspace, cwd: world.host.directory, reference }).task;
}
