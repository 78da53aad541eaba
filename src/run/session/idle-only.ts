import { RunledgerError } from "../../errors.ts";
import type { ResolvedTask } from "../../task/task.ts";

/** To ask for some items of a task that has none is a slip: all of it would be done. `USAGE`. */
export function refuseIdleOnly({ id, steps }: ResolvedTask, only: string | undefined): void {
  if (only === undefined || steps.some((step) => step.for_each !== undefined)) return;
  throw new RunledgerError("USAGE", `no step of ${id} has items, so there is nothing to choose by --only ${only}`, {
    hint: "Leave --only out, or write for_each on a step.",
    details: { task_id: id, only },
  });
}
