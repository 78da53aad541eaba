import type { PathPart } from "../idempotency/json-path.ts";
import type { Problem } from "./problem.ts";
import type { TaskFileStep } from "./task-schema.ts";

/** What only a step that does something may say. Empty ones are how a resolved task has them. */
const ofWork = [
  "action",
  "inputs",
  "effect",
  "probe",
  "timeout",
  "timeout_ms",
  "env",
  "expected_outputs",
  "writes",
  "for_each",
] as const;

/** What the schema cannot say of a decision: its options differ, and nothing is said of how it is done. */
export function decisionProblems(
  step: TaskFileStep,
  { options }: NonNullable<TaskFileStep["decision"]>,
  path: PathPart[],
): Problem[] {
  const strangers: readonly string[] = [
    ...ofWork.filter((field) => !isEmpty(step[field])),
    ...(step.retry === undefined || step.retry.max_attempts === 1 ? [] : ["retry"]),
  ];
  const ids = options.map((option) => (typeof option === "string" ? option : option.id));
  return [
    ...strangers.map((field) => ({
      path: [...path, field],
      says: "a `decision` has no work that this could speak of",
    })),
    ...ids.flatMap((id, index) =>
      ids.indexOf(id) === index
        ? []
        : [{ path: [...path, "decision", "options", index], says: `"${id}" stands here twice` }],
    ),
  ];
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}
