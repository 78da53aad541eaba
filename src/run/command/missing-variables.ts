import { RunledgerError } from "../../errors.ts";
import type { World } from "../place/world.ts";

/** Said before anything is done: a night's work does not stop at its last step for want of a variable. `ENV_MISSING`. */
export function refuseMissingVariables(world: World, variables: readonly string[]): void {
  const missing = variables.filter((name) => world.host.environment[name] === undefined);
  if (missing.length === 0) return;
  throw new RunledgerError(
    "ENV_MISSING",
    `the task needs environment variables that are not set: ${missing.join(", ")}`,
    {
      hint: "Set them, then type the same command again.",
      details: { variables: missing },
    },
  );
}
