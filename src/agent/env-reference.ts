import { RunledgerError } from "../errors.ts";

/** Variables as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `value` (JSON) with every `{"$env": "NAME"}` in it replaced by that variable of `environment`. Only what is sent is
 * resolved: task, key and ledger keep the reference. Throws `ENV_MISSING` naming the variable and `step`; an empty
 * variable is not a missing one.
 */
export function resolveEnv<T>(value: T, environment: Environment, step: string): T {
  return resolved(value, environment, step) as T;
}

/** The names of all variables that `value` (JSON) refers to: their values are secrets. */
export function envNames(value: unknown): string[] {
  const name = referredTo(value);
  if (name !== undefined) return [name];
  if (typeof value !== "object" || value === null) return [];
  return [...new Set(Object.values(value).flatMap(envNames))];
}

function resolved(value: unknown, environment: Environment, step: string): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => resolved(each, environment, step));
  const name = referredTo(value);
  if (name !== undefined) return variable(name, environment, step);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each, environment, step)]));
}

function referredTo(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const [first, ...others] = Object.entries(value);
  return first?.[0] === "$env" && others.length === 0 && typeof first[1] === "string" ? first[1] : undefined;
}

function variable(name: string, environment: Environment, step: string): string {
  const text = environment[name];
  if (text !== undefined) return text;
  throw new RunledgerError("ENV_MISSING", `step ${step} needs the environment variable ${name}, which is not set`, {
    hint: `Set ${name} in the environment of runledger, then type the same command again.`,
    details: { step, variable: name },
  });
}
