import type { PathPart } from "../idempotency/json-path.ts";
import { itemProblems } from "./items.ts";
import { isInputPlaceholder, itemInPath } from "./placeholders.ts";
import type { Problem } from "./problem.ts";
import { expectedFound } from "./shown.ts";
import type { TaskFileStep } from "./task-schema.ts";
import { globProblem, pathProblem } from "./workspace-path.ts";

const sources = ["glob", "list", "file", "command"] as const;

/** What the schema cannot say of a step that is done for each item. */
export function forEachProblems(step: TaskFileStep, at: readonly PathPart[]): Problem[] {
  const { for_each: forEach } = step;
  if (forEach === undefined) {
    const says = "only a step with `for_each` has items that fail";
    return step.max_failures === undefined ? [] : [{ path: [...at, "max_failures"], says }];
  }
  const given = sources.filter((source) => forEach[source] !== undefined);
  const found = given.length === 0 ? "none" : given.join(" and ");
  const says = `expected one of glob, list, file or command, found ${found}`;
  return [
    ...(given.length === 1 ? [] : [{ path: [...at, "for_each"], says }]),
    ...globProblems(forEach.glob, [...at, "for_each", "glob"]),
    ...fileProblems(forEach.file, [...at, "for_each", "file"]),
    ...listProblems(forEach.list, [...at, "for_each", "list"]),
    ...outputProblems(step, at),
  ];
}

function globProblems(glob: unknown, at: readonly PathPart[]): Problem[] {
  const globs: unknown[] = Array.isArray(glob) ? glob : [glob];
  return globs.flatMap((each, index): Problem[] => {
    const expected = typeof each === "string" ? globProblem(each) : undefined;
    if (expected === undefined) return [];
    return [{ path: Array.isArray(glob) ? [...at, index] : at, says: expectedFound(expected, each) }];
  });
}

function fileProblems(file: unknown, at: readonly PathPart[]): Problem[] {
  const expected = typeof file === "string" ? pathProblem(file) : undefined;
  return expected === undefined ? [] : [{ path: at, says: expectedFound(expected, file) }];
}

function listProblems(list: unknown, at: readonly PathPart[]): Problem[] {
  if (!Array.isArray(list) || isInputPlaceholder(list)) return [];
  const found = list.map((value: unknown, index) => ({ value, place: String(index) }));
  return itemProblems(found).map(({ place, says }) => ({ path: [...at, Number(place)], says }));
}

/** Each item has outputs of its own, or the last one to end would overwrite those of the others. */
function outputProblems({ expected_outputs: outputs = [] }: TaskFileStep, at: readonly PathPart[]): Problem[] {
  const says = `every item would write the same file; write ${itemInPath} into the path, where the item is to stand`;
  return outputs.flatMap(({ path }, index): Problem[] =>
    path.includes(itemInPath) ? [] : [{ path: [...at, "expected_outputs", index, "path"], says }],
  );
}
