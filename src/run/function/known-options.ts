import { RunledgerError } from "../../errors.ts";
import { likelySpelling } from "../../task/spelling.ts";

/** A misspelt option would silently mean its default, and a misspelt `once` a second payment. `USAGE`. */
export function refuseUnknownOptions(given: object, known: readonly string[], what: string): void {
  for (const name of Object.keys(given)) if (!known.includes(name)) refuse(name, known, what);
}

function refuse(unknown: string, known: readonly string[], what: string): never {
  const likely = likelySpelling(unknown, known);
  throw new RunledgerError("USAGE", `${what}: there is no option ${unknown}`, {
    hint: likely === undefined ? `The options are ${known.join(", ")}.` : `Did you mean ${likely}?`,
    details: { option: unknown },
  });
}
