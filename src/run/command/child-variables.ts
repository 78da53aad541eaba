import { resolveEnv } from "../../agent/env-reference.ts";
import { type ChildIdentity, childEnvironment } from "../../agent/environment.ts";
import type { EnvValue } from "../../task/task.ts";
import type { StepContext } from "./step-context.ts";

/** The environment of a child of this run: what is inherited, what the step says (`$env` resolved), and who it is. */
export function childVariables(
  { run, token }: StepContext,
  step: string,
  key: string,
  attempt: number,
  stepEnv: Readonly<Record<string, EnvValue>>,
  agent: Pick<ChildIdentity, "agentState" | "secretVariables"> = {},
): Record<string, string> {
  const { environment } = run.world.host;
  const resolved = resolveEnv(stepEnv, environment, step) as Record<string, string>;
  return childEnvironment(environment, resolved, {
    runId: run.state.runId,
    step,
    key,
    attempt,
    token,
    ...agent,
  });
}
