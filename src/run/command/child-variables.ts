import { resolveEnv } from "../../agent/env-reference.ts";
import { type ChildIdentity, childEnvironment } from "../../agent/environment.ts";
import type { EnvValue } from "../../task/task.ts";
import type { StepContext } from "./step-context.ts";

/**
 * The environment of a child of this run: what is inherited, what `env` says (`$env` resolved), and who it is. `needer`
 * is named where a variable is not set.
 */
export function childVariables(
  { run, token }: StepContext,
  needer: string,
  env: Readonly<Record<string, EnvValue>>,
  { tokens = [], ...identity }: Partial<Omit<ChildIdentity, "runId">>,
): Record<string, string> {
  const { environment } = run.world.host;
  const resolved = resolveEnv(env, environment, needer) as Record<string, string>;
  return childEnvironment(environment, resolved, { runId: run.state.runId, tokens: [token, ...tokens], ...identity });
}
