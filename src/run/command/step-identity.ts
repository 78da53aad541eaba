import { correlationId } from "../../idempotency/correlation.ts";
import { idempotencyKey } from "../../idempotency/key.ts";
import type { ReadyStep } from "../../task/task.ts";
import type { CommandIdentity } from "./records.ts";
import type { StepContext } from "./step-context.ts";

/** The key of a step's command, and what follows from it. */
export function identityOf(
  { run }: StepContext,
  step: ReadyStep,
  action: string,
  inputs: Record<string, unknown>,
): CommandIdentity {
  const { runId, taskId, snapshotId } = run.state;
  const key = idempotencyKey({ action, taskId, snapshotId, inputs, expectedOutputs: [...step.expected_outputs] });
  return { taskId, step: step.id, action, key, correlationId: correlationId(runId, key) };
}
