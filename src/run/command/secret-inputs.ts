import type { Secrets } from "../../agent/secrets.ts";
import { RunledgerError } from "../../errors.ts";

/** Inputs are recorded, so they never hold a secret: `SECRET_IN_INPUT` names the variable, not its value. */
export function refuseSecret(secrets: Secrets, step: string, inputs: unknown): void {
  const name = secrets.secretIn(inputs);
  if (name === undefined) return;
  throw new RunledgerError("SECRET_IN_INPUT", `step ${step}: an input contains the value of ${name}`, {
    hint: `Write {"$env": "${name}"} in its place: it is resolved when the command is sent, and never recorded.`,
    details: { step, variable: name },
  });
}
