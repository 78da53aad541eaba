import { isStepDone } from "../../runstate/batch.ts";
import { globMatcher } from "../../snapshot/globs.ts";
import { itemInPath } from "../../task/placeholders.ts";
import type { ResolvedStep, ResolvedTask } from "../../task/task.ts";
import type { ReadableRun } from "../command/readable-run.ts";
import type { Changeable } from "./drift.ts";

/** What the steps of a task file may change. */
export function changeableBySteps(run: ReadableRun, task: ResolvedTask): Changeable {
  const done = new Set(task.steps.filter((step) => isStepDone(run.state, step.id)).map((step) => step.id));
  const started = task.steps.filter((step) => step.needs.every((need) => done.has(need)));
  const open = started.filter((step) => !done.has(step.id));
  return {
    // Outputs of items that are done are recorded, and no other item may change them.
    open: matcher(open, false),
    started: matcher(started, true),
    allDeclared: started.every((step) => !("run" in step) || step.writes !== undefined),
    artifactsCount: true,
  };
}

function matcher(steps: readonly ResolvedStep[], ofItemsToo: boolean): (path: string) => boolean {
  const paths = steps.flatMap((step) => step.expected_outputs.map((output) => output.path));
  const outputs = new Set(paths);
  const ofItems = ofItemsToo ? paths.filter((path) => path.includes(itemInPath)).map(ofAnyItem) : [];
  const globs = steps.flatMap((step) => [...(step.writes ?? [])]);
  const matches = globMatcher(globs);
  return (path) => outputs.has(path) || matches(path) || ofItems.some((pattern) => pattern.test(path));
}

/** What the path of an output is for any item. */
function ofAnyItem(path: string): RegExp {
  const parts = path.split(itemInPath).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+")}$`, "s");
}
