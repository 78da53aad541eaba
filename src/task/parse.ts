import { readDocument } from "./document.ts";
import { graphFault } from "./graph-fault.ts";
import { placeProblems, taskRefusal } from "./problem.ts";
import { resolveTask } from "./resolve.ts";
import { ruleProblems } from "./rules.ts";
import { shapeOf } from "./shape.ts";
import type { ResolvedTask } from "./task.ts";
import { refuseNewerTask } from "./task-json.ts";

/**
 * The task that `text` defines: YAML, or JSON if `file` ends in `.json`. `file` is the name for messages.
 *
 * `TASK_INVALID` names everything that is wrong at once, each with line and field (`details.problems`). Only then are looked at, in
 * this order: `TASK_STEP_DUPLICATE`, `TASK_NEEDS_UNKNOWN`, `TASK_NEEDS_CYCLE`. `FORMAT_NEWER`: a later version.
 */
export function parseTask(text: string, file: string): ResolvedTask {
  const { value, lineOf } = readDocument(text, file);
  refuseNewerTask(value, file);
  const shape = shapeOf(value);
  const problems = [...shape.problems, ...ruleProblems(shape.sound)];
  if (problems.length > 0 || shape.file === undefined) {
    throw taskRefusal("TASK_INVALID", file, placeProblems(problems, lineOf));
  }
  const task = resolveTask(shape.file);
  const fault = graphFault(task.steps);
  if (fault) throw taskRefusal(fault.code, file, placeProblems(fault.problems, lineOf));
  return task;
}
