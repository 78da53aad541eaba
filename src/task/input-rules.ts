import type { PathPart } from "../idempotency/json-path.ts";
import { isInputPlaceholder, isItemPlaceholder } from "./placeholders.ts";
import type { Problem } from "./problem.ts";
import { variableNamePattern } from "./variable-name.ts";

/** Members that runledger puts into inputs and records itself: written by somebody else they would be taken for its own. */
const reserved = ["$object", "$runledger", "$item", "$input"];

/** Reserved members anywhere in inputs, `$env` that is not exactly `{"$env": NAME}`, and placeholders of another form. */
export function inputProblems(value: unknown, path: readonly PathPart[]): Problem[] {
  if (typeof value !== "object" || value === null) return [];
  if (isItemPlaceholder(value) || isInputPlaceholder(value)) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => inputProblems(item, [...path, index]));
  return Object.entries(value).flatMap(([name, member]) => {
    const here = [...path, name];
    if (reserved.includes(name)) return [{ path: here, says: "the name is reserved for runledger" }];
    if (name !== "$env") return inputProblems(member, here);
    const alone = Object.keys(value).length === 1;
    return alone && typeof member === "string" && variableNamePattern.test(member)
      ? []
      : [{ path: here, says: "expected { $env: NAME } with the name of a variable and nothing beside it" }];
  });
}
