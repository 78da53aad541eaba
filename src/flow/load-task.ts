import { findPlace, type PlaceOptions } from "../run/place/store.ts";
import { systemWorld, type World } from "../run/place/world.ts";
import { loadTask as load } from "../task/load.ts";
import { parseTask } from "../task/parse.ts";
import type { ResolvedTask } from "../task/task.ts";
import { parseFlow } from "./flow-file.ts";
import type { FlowTask } from "./flow-task.ts";

/**
 * Reads a task file, named by its path, or by an id that is looked up as `tasks/<id>.{yaml,yml,json}` in the workspace. It
 * holds steps, or names a `flow`.
 *
 * `TASK_NOT_FOUND`; `TASK_INVALID`, `TASK_STEP_DUPLICATE`, `TASK_NEEDS_UNKNOWN`, `TASK_NEEDS_CYCLE` with file, line and field
 * of each problem; `FORMAT_NEWER`, `PERMISSION`, `READ_FAILED`.
 */
export function loadTask(
  reference: string,
  options: PlaceOptions & { world?: World | undefined } = {},
): ResolvedTask | FlowTask {
  const { world = systemWorld } = options;
  const { workspace } = findPlace(world, options);
  const parse = (text: string, file: string) => parseFlow(text, file) ?? parseTask(text, file);
  const named = { disk: world.disk, workspace, cwd: world.host.directory, reference };
  return load(named, parse, (task) => ("kind" in task ? task.name : task.id)).task;
}
