import type { RunLayout } from "../../durable/layout.ts";
import { isFunctionRecord } from "../function/function-record.ts";
import type { World } from "../place/world.ts";

/**
 * The ids of the steps that a run's `task.json` names, in its order; none for a function, undefined if the file cannot be
 * read.
 */
export function namedSteps(world: World, run: RunLayout): string[] | undefined {
  const task = uncheckedTask(world, run) as { steps?: { id: unknown }[] } | undefined;
  if (task === undefined || isFunctionRecord(task)) return task && [];
  return Array.isArray(task.steps) ? task.steps.map((step) => String(step?.id)) : undefined;
}

/** What `task.json` holds, its digest unchecked: for views, and for what must work without it. Undefined if unreadable. */
export function uncheckedTask(world: World, run: RunLayout): object | undefined {
  try {
    const task: unknown = JSON.parse(Buffer.from(world.disk.readFile(run.task)).toString());
    return typeof task === "object" && task !== null ? task : undefined;
  } catch {
    return undefined;
  }
}
