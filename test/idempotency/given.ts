import { RunledgerError } from "../../src/errors.ts";

/** The details of the `NOT_JSON` that `action` is refused with. */
export function refusalOf(action: () => unknown): Readonly<Record<string, unknown>> {
  const error = errorOf(action);
  if (error.code !== "NOT_JSON") throw error;
  return error.details;
}

/** The refusal of `action`. */
export function errorOf(action: () => unknown): RunledgerError {
  try {
    action();
  } catch (error) {
    if (error instanceof RunledgerError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** `depth` arrays or objects in one another, made without recursion. */
export function nested(shape: "array" | "object", depth: number): unknown {
  let value: unknown = shape === "array" ? [] : {};
  for (let level = 1; level < depth; level++) value = shape === "array" ? [value] : { a: value };
  return value;
}
