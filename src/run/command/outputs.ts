import { hashArtifacts } from "../../agent/artifacts.ts";
import type { Artifact } from "../../protocol/fields.ts";
import type { ReadyStep } from "../../task/task.ts";
import type { OutputsNow } from "./step-command.ts";
import type { StepContext } from "./step-context.ts";

export type HashedOutputs =
  | { readonly kind: "hashed"; readonly artifacts: Artifact[] }
  | { readonly kind: "refused"; readonly code: string; readonly message: string };

/** Hashes and syncs what a step produced; a missing or forged output makes the step fail. */
export function hashOutputs(context: StepContext, step: ReadyStep, reported: readonly Artifact[]): HashedOutputs {
  const outcome = hash(context, step, reported);
  if (outcome.kind === "hashed") return outcome;
  const [first] = outcome.problems;
  const message = outcome.problems.map((problem) => problem.sentence).join("; ");
  return { kind: "refused", code: `OUTPUT_${first?.code ?? "MISSING"}`, message };
}

/** The expected outputs as they are now. */
export function outputsNow(context: StepContext, step: ReadyStep): OutputsNow {
  const outcome = hash(context, step, []);
  if (outcome.kind === "hashed") return { artifacts: outcome.artifacts };
  return { problems: outcome.problems.map((problem) => problem.sentence) };
}

function hash({ run, workspace }: StepContext, step: ReadyStep, reported: readonly Artifact[]) {
  return hashArtifacts({ disk: run.world.disk, workspace, expectedOutputs: step.expected_outputs, reported });
}
