import { afterAll, expect } from "vitest";

export { nightly } from "./night.ts";

/** What a file of tests has tried, for the summary at the end of all tests. */
interface Counted {
  readonly title: string;
  readonly counts: Readonly<Record<string, number>>;
}

declare module "vitest" {
  interface TaskMeta {
    counted?: Counted;
  }
}

/**
 * Counts what a file of tests has tried, for the summary at the end of all, and asserts that it has not silently become
 * less than `floors` says.
 */
export function counting<Name extends string>(title: string, floors: Readonly<Record<Name, number>>) {
  const counts = Object.fromEntries(Object.keys(floors).map((name) => [name, 0])) as Record<Name, number>;
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures are wanted: none
  afterAll(({}, file) => {
    file.meta.counted = { title, counts };
    for (const name of Object.keys(floors) as Name[]) {
      expect(counts[name], `${title}: fewer ${name} than there were`).toBeGreaterThanOrEqual(floors[name]);
    }
  });
  return counts;
}
