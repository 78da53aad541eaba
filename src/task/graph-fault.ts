import { type GraphStep, topologicalOrder } from "./graph.ts";
import type { Problem } from "./problem.ts";

/** Why steps are no graph that can be worked through. */
export interface GraphFault {
  readonly code: "TASK_STEP_DUPLICATE" | "TASK_NEEDS_UNKNOWN" | "TASK_NEEDS_CYCLE";
  /** Paths from the task: `["steps", 2, "needs", 0]`. */
  readonly problems: readonly Problem[];
}

/** The first of: ids that stand twice, needs that name no step, a cycle of needs. Undefined if there is none. */
export function graphFault(steps: readonly GraphStep[]): GraphFault | undefined {
  const duplicates = duplicateIds(steps);
  if (duplicates.length > 0) return { code: "TASK_STEP_DUPLICATE", problems: duplicates };
  const unknown = unknownNeeds(steps);
  if (unknown.length > 0) return { code: "TASK_NEEDS_UNKNOWN", problems: unknown };
  const cycle = findCycle(steps);
  return cycle && { code: "TASK_NEEDS_CYCLE", problems: [cycleProblem(steps, cycle)] };
}

function duplicateIds(steps: readonly GraphStep[]): Problem[] {
  const first = new Map<string, number>();
  return steps.flatMap(({ id }, index) => {
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, index);
    return earlier === undefined
      ? []
      : [{ path: ["steps", index, "id"], says: `steps[${earlier}] has the id "${id}" already` }];
  });
}

function unknownNeeds(steps: readonly GraphStep[]): Problem[] {
  const ids = new Set(steps.map(({ id }) => id));
  return steps.flatMap(({ needs }, index) =>
    needs.flatMap((need, at): Problem[] =>
      ids.has(need)
        ? []
        : [
            {
              path: ["steps", index, "needs", at],
              says: `there is no step ${JSON.stringify(need)}`,
              spelling: { word: need, known: ids },
            },
          ],
    ),
  );
}

/** The steps of a cycle, each needing the next and the last the first; it begins with the one that stands first in the list. */
function findCycle(steps: readonly GraphStep[]): string[] | undefined {
  const sound = new Set(topologicalOrder(steps).map(({ id }) => id));
  const rest = new Map(steps.filter(({ id }) => !sound.has(id)).map((step) => [step.id, step.needs]));
  // Every step of the rest needs another one of it, so going from need to need must come back to one that was seen.
  const placeOf = new Map<string, number>();
  let id = rest.keys().next().value;
  while (id !== undefined && !placeOf.has(id)) {
    placeOf.set(id, placeOf.size);
    id = rest.get(id)?.find((need) => rest.has(need));
  }
  if (id === undefined) return undefined;
  const cycle = [...placeOf.keys()].slice(placeOf.get(id));
  const members = new Set(cycle);
  const start = cycle.indexOf(steps.find((step) => members.has(step.id))?.id ?? id);
  return [...cycle.slice(start), ...cycle.slice(0, start)];
}

/** A cycle can be as long as the file. */
const maxNamed = 12;

function cycleProblem(steps: readonly GraphStep[], cycle: readonly string[]): Problem {
  const index = steps.findIndex(({ id }) => id === cycle[0]);
  const left = cycle.length - maxNamed;
  const named = left > 0 ? [...cycle.slice(0, maxNamed), `… (${left} more)`] : cycle;
  return { path: ["steps", index, "needs"], says: `the steps need each other: ${[...named, cycle[0]].join(" → ")}` };
}
