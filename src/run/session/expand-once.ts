import { invariant } from "../../errors.ts";
import type { BatchState } from "../../runstate/state.ts";
import type { ResolvedStep } from "../../task/task.ts";
import { systemEvent } from "../command/records.ts";
import type { StepContext } from "../command/step-context.ts";
import { expand } from "./expand.ts";
import { neededDigests } from "./step-work.ts";

/**
 * The items of `step`, as they were recorded, whatever the workspace has become. Before: no item was started. After: the
 * list is durable, so no resume makes another. A list that could not be made is tried again where failures are retried.
 */
export async function expandOnce(context: StepContext, step: ResolvedStep): Promise<BatchState | "failed" | "stopped"> {
  const { run, policy } = context;
  const known = run.state.batches.get(step.id);
  if (known !== undefined && known.error === undefined) return known;
  if (known !== undefined && !policy.retryFailed) return "failed";
  const expansion = await expand(context, step);
  if (expansion.kind === "stopped") return "stopped";
  const { runId: correlationId, taskId } = run.state;
  const about = { taskId, correlationId, step: step.id };
  if (expansion.kind === "refused") {
    const { code, message } = expansion;
    await run.append(systemEvent(run.world, about, "step.expanded", { code, message }, "failed"));
    return "failed";
  }
  const { items } = expansion;
  const needs = step.needs.length === 0 ? {} : { needs: neededDigests(context, step) };
  await run.append(systemEvent(run.world, about, "step.expanded", { count: items.length, items, ...needs }));
  const batch = run.state.batches.get(step.id);
  invariant(batch !== undefined, `${step.id} has been expanded`);
  return batch;
}
