import { inputProblem } from "./inputs.ts";
import type { Problem } from "./problem.ts";
import type { InputValue } from "./task.ts";
import type { TaskFileInput } from "./task-schema.ts";

/** Inputs that contradict themselves: an input is required exactly if it has no default. */
export function declarationProblems(inputs: Readonly<Record<string, TaskFileInput>>): Problem[] {
  return Object.entries(inputs).flatMap(([name, { type, required, default: value }]): Problem[] => {
    const at = ["inputs", name];
    if (value === undefined) {
      const says = "an input that need not be given has a `default`";
      return required === false ? [{ path: [...at, "required"], says }] : [];
    }
    if (required) return [{ path: [...at, "required"], says: "an input with a `default` need not be given" }];
    const says = inputProblem({ type, default: value as InputValue }, value);
    return says === undefined ? [] : [{ path: [...at, "default"], says }];
  });
}
