/** What the order of steps depends on. Ids are unique, needs name steps of the list, and there is no cycle. */
export interface GraphStep {
  readonly id: string;
  readonly needs: readonly string[];
}

/** Where the steps stand that have not ended. Those in neither member wait for others, or run. */
export interface Standing {
  /** Whose needs are all done, in the order of the list. */
  readonly ready: readonly string[];
  /** What cannot be done → which of its needs failed or are blocked themselves, in the order of `needs`. */
  readonly blocked: ReadonlyMap<string, readonly string[]>;
}

/**
 * Where the steps stand once those in `done` have succeeded and those in `failed` have ended otherwise. A step in either set is
 * in neither answer. The same sets give the same answer, whatever the order in which the steps ended. Linear in steps and needs.
 */
export function standingOf(
  steps: readonly GraphStep[],
  done: ReadonlySet<string>,
  failed: ReadonlySet<string>,
): Standing {
  const blocked = new Map<string, string[]>();
  for (const step of topologicalOrder(steps)) {
    if (done.has(step.id) || failed.has(step.id)) continue;
    const by = step.needs.filter((need) => failed.has(need) || blocked.has(need));
    if (by.length > 0) blocked.set(step.id, by);
  }
  const isOpen = ({ id }: GraphStep) => !done.has(id) && !failed.has(id) && !blocked.has(id);
  const ready = steps.filter((step) => isOpen(step) && step.needs.every((need) => done.has(need)));
  return { ready: ready.map(({ id }) => id), blocked };
}

/**
 * Tells which steps become ready when one is done, so that a scheduler looks at each need once in a whole run.
 * Starts from the steps that are in `done` already.
 */
export class Readiness {
  readonly #dependents: ReadonlyMap<string, readonly GraphStep[]>;
  /** step → how many of its needs are not done. */
  readonly #open: Map<string, number>;

  constructor(steps: readonly GraphStep[], done: ReadonlySet<string>) {
    this.#dependents = dependentsOf(steps);
    this.#open = new Map(steps.map(({ id, needs }) => [id, needs.filter((need) => !done.has(need)).length]));
  }

  /** Call once for each step that is done: the ids that thereby became ready, in the order of the list. */
  done(id: string): string[] {
    const dependents = this.#dependents.get(id) ?? [];
    return dependents.map((step) => step.id).filter((dependent) => this.#countDown(dependent) === 0);
  }

  #countDown(id: string): number {
    const open = (this.#open.get(id) ?? 0) - 1;
    this.#open.set(id, open);
    return open;
  }
}

/** The steps with everything before what needs it, else in the order of the list. Steps on or behind a cycle are missing. */
export function topologicalOrder<Step extends GraphStep>(steps: readonly Step[]): Step[] {
  const dependents = dependentsOf(steps);
  const open = new Map(steps.map(({ id, needs }) => [id, needs.length]));
  const order = steps.filter(({ needs }) => needs.length === 0);
  for (const step of order) {
    for (const dependent of dependents.get(step.id) ?? []) {
      const left = (open.get(dependent.id) ?? 0) - 1;
      open.set(dependent.id, left);
      if (left === 0) order.push(dependent);
    }
  }
  return order;
}

/** step → those that need it, in the order of the list. */
function dependentsOf<Step extends GraphStep>(steps: readonly Step[]): Map<string, Step[]> {
  const dependents = new Map<string, Step[]>(steps.map(({ id }) => [id, []]));
  for (const step of steps) {
    for (const need of step.needs) dependents.get(need)?.push(step);
  }
  return dependents;
}
