import { RunledgerError } from "../errors.ts";
import { maxNesting, notJson } from "../idempotency/canonical.ts";
import { jsonPath, type PathPart } from "../idempotency/json-path.ts";

/**
 * Refuses a value from users or agents that has a member `$object`, `$runledger` or `$env` anywhere: it could pass for a
 * stored object, for another step's key, or for a secret. `allowEnv` lets `{"$env": "NAME"}` through, in exactly this
 * form. Throws `RESERVED_MEMBER` (details `path`, `member`), or `NOT_JSON` if nothing could record the value anyway
 * because it is nested deeper than 256.
 */
export function refuseReservedMembers(value: unknown, options: { allowEnv: boolean }): void {
  walk(value, options.allowEnv, []);
}

/** False for most: no member name in the canonical JSON `text` begins with a `$`. */
export function mayHaveReservedMembers(text: string): boolean {
  return text.includes('"$');
}

function walk(value: unknown, allowEnv: boolean, path: PathPart[]): void {
  if (typeof value !== "object" || value === null) return;
  if (path.length >= maxNesting) throw notJson(path, `nested deeper than ${maxNesting}, or in itself`);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) descend(item, index, allowEnv, path);
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    if (isReserved(name) && !(allowEnv && isEnvironmentRef(value))) throw reserved(name, path);
    descend(member, name, allowEnv, path);
  }
}

function descend(value: unknown, part: PathPart, allowEnv: boolean, path: PathPart[]): void {
  path.push(part);
  walk(value, allowEnv, path);
  path.pop();
}

function isReserved(name: string): boolean {
  return name === "$object" || name === "$runledger" || name === "$env";
}

/** `{"$env": "NAME"}`, which stands for the value of a variable. */
function isEnvironmentRef(value: object): boolean {
  const names = Object.keys(value);
  const [name, variable] = [names[0], (value as { $env?: unknown }).$env];
  return names.length === 1 && name === "$env" && typeof variable === "string" && /^[A-Za-z_]\w*$/.test(variable);
}

function reserved(member: string, path: readonly PathPart[]): RunledgerError {
  const place = jsonPath([...path, member]);
  const hints: Record<string, string> = {
    $env: 'Where a variable may stand, its only form is {"$env": "NAME"}.',
  };
  return new RunledgerError("RESERVED_MEMBER", `the member ${place} is runledger's own and cannot be given`, {
    hint: hints[member] ?? `Rename the member ${member}.`,
    details: { path: place, member },
  });
}
