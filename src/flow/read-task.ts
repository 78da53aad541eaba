import type { Place } from "../run/place/store.ts";
import type { World } from "../run/place/world.ts";
import { loadTask } from "../task/load.ts";
import { parseTask } from "../task/parse.ts";
import type { ResolvedTask } from "../task/task.ts";
import { parseFlow } from "./flow-file.ts";
import type { FlowTask } from "./flow-task.ts";

/** The task file that `reference` names, or the flow that it names. Throws as `loadTask` of the public API. */
export function readTask({ disk, host }: World, { workspace }: Place, reference: string): ResolvedTask | FlowTask {
  const parse = (text: string, file: string) => parseFlow(text, file) ?? parseTask(text, file);
  const named = { disk, workspace, cwd: host.directory, reference };
  return loadTask(named, parse, (task) => ("kind" in task ? task.name : task.id)).task;
}
