import { itemRef } from "./items.ts";
import { filled, isItemPlaceholder, itemInPath } from "./placeholders.ts";
import type { ReadyStep, ResolvedStep, ResolvedTask, TaskAgent, WorkStep } from "./task.ts";
import { pathProblem } from "./workspace-path.ts";

/** Tells a child which item it works on. */
export const itemVariable = "RUNLEDGER_ITEM";

/** `step`, of a task whose inputs are bound, as it is sent: without an item as it is, else with the item in all its places. */
export function readyStep(step: WorkStep, item: string | undefined): ReadyStep {
  if (item === undefined) return step as ReadyStep;
  const { for_each: _, ...rest } = step;
  const fill = (value: object) => (isItemPlaceholder(value) ? item : undefined);
  const ready = filled(rest, fill) as ReadyStep;
  return {
    ...ready,
    id: itemRef(step.id, item),
    expected_outputs: ready.expected_outputs.map((output) => ({ ...output, path: pathOf(output.path, item) })),
  };
}

/** The agents of a task whose inputs are bound. */
export function readyAgents({ agents }: ResolvedTask): Readonly<Record<string, TaskAgent<string>>> {
  return agents as Readonly<Record<string, TaskAgent<string>>>;
}

/** Why `item` gives `step` an output that cannot be one, or undefined: the item becomes a part of its path. */
export function outputPathProblem({ expected_outputs: outputs }: ResolvedStep, item: string): string | undefined {
  for (const { path } of outputs) {
    const problem = pathProblem(pathOf(path, item));
    if (problem !== undefined) return `its output ${JSON.stringify(pathOf(path, item))} is not ${problem}`;
  }
  return undefined;
}

function pathOf(template: string, item: string): string {
  return template.replaceAll(itemInPath, () => item);
}
