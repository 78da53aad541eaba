import { RunledgerError } from "../../errors.ts";

/** Refuses options that name no run: the compiler does not check what callers in JavaScript hand over. */
export function refuseNoRunId(options: { readonly runId: string } | undefined): void {
  refuseNoText("runId", options?.runId, 'Say which run is meant: { runId: "run-20261121-070000-0a1b2c3d" }');
}

/** `USAGE` unless `given`, the argument or option `name`, is a text. */
export function refuseNoText(name: string, given: unknown, hint: string): void {
  refusePromise(name, given, hint);
  if (typeof given === "string") return;
  throw new RunledgerError("USAGE", `${name} is a text, not ${given === null ? "null" : typeof given}`, { hint });
}

/** `USAGE` if `given` is what will be there later. */
export function refusePromise(name: string, given: unknown, hint: string): void {
  if (!(given instanceof Promise)) return;
  throw new RunledgerError("USAGE", `${name} is a promise: it has not been waited for`, { hint });
}
