import { afterAll, expect } from "vitest";

/** `npm run test:nightly` tries so many times as many samples. */
export const nightly = Math.max(1, Number(process.env["RUNLEDGER_NIGHTLY"] ?? 1));

/**
 * Counts what a file of tests has tried, prints it at its end, and asserts that it has not silently become less than
 * `floors` says.
 */
export function counting<Name extends string>(title: string, floors: Readonly<Record<Name, number>>) {
  const counts = Object.fromEntries(Object.keys(floors).map((name) => [name, 0])) as Record<Name, number>;
  afterAll(() => {
    const parts = Object.entries<number>(counts).map(([name, count]) => `${count.toLocaleString("en")} ${name}`);
    console.log(`${title}: ${parts.join(", ")}`);
    for (const name of Object.keys(floors) as Name[]) {
      expect(counts[name], `${title}: fewer ${name} than there were`).toBeGreaterThanOrEqual(floors[name]);
    }
  });
  return counts;
}
