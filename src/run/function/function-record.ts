import { isPathId } from "../../durable/layout.ts";
import { RunledgerError } from "../../errors.ts";
import { canonicalJson } from "../../idempotency/canonical.ts";
import type { FunctionTask } from "./define-task.ts";

/** What `task.json` says of a function: its code is not in it, so name, version and input make its digest. */
export interface FunctionRecord {
  readonly kind: "function";
  readonly name: string;
  readonly version?: string;
  readonly input?: unknown;
}

export function isFunctionRecord(task: object): task is FunctionRecord {
  return "kind" in task && task.kind === "function";
}

/** The content of `task.json`. Throws `ID_INVALID` and `NOT_JSON`. */
export function functionJson(task: Pick<FunctionTask, "name" | "version">, input: unknown): string {
  if (typeof task.name !== "string" || !isPathId(task.name)) {
    throw new RunledgerError("ID_INVALID", `not a task name: ${JSON.stringify(task.name)}`, {
      hint: "A task's name is 1 to 128 letters, digits, dots, dashes and underscores, and starts with a letter or digit.",
    });
  }
  return canonicalJson({
    ...(input === undefined ? {} : { input }),
    kind: "function",
    name: task.name,
    ...(task.version === undefined ? {} : { version: task.version }),
  });
}
