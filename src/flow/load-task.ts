import { refuseNoText } from "../run/place/given-text.ts";
import { findPlace, type PlaceOptions } from "../run/place/store.ts";
import { loaded } from "../run/place/system-error.ts";
import { systemWorld, type World } from "../run/place/world.ts";
import type { ResolvedTask } from "../task/task.ts";
import type { FlowTask } from "./flow-task.ts";

/**
 * Reads a task file, named by its path, or by an id that is looked up as `tasks/<id>.{yaml,yml,json}` in the workspace.
 * It holds steps, or names a `flow`.
 *
 * `TASK_NOT_FOUND`; `TASK_INVALID`, `TASK_STEP_DUPLICATE`, `TASK_NEEDS_UNKNOWN`, `TASK_NEEDS_CYCLE` with file, line and
 * field of each problem; `FORMAT_NEWER`, `PERMISSION`, `READ_FAILED`.
 */
export async function loadTask(
  reference: string,
  options: PlaceOptions & { world?: World | undefined } = {},
): Promise<ResolvedTask | FlowTask> {
  refuseNoText("reference", reference, 'Say which task is meant: loadTask("release")');
  const { world = systemWorld } = options;
  const place = findPlace(world, options);
  const { readTask } = await loaded(import("./read-task.ts"));
  return readTask(world, place, reference);
}
