import type { Bench, Measures } from "./row.ts";

/** Steps by how they are done. */
export const stepKinds = ["function", "plain command", "agent"] as const;
export type StepKind = (typeof stepKinds)[number];

const few = 10;
const more = 40;

/** What one more step adds to each count that is taken of a run of so many dependent steps. */
export async function perStep(counted: (steps: number) => Promise<Measures>): Promise<(count: string) => number> {
  const [short, long] = [await counted(few), await counted(more)];
  return (count) => ((long[count] ?? Number.NaN) - (short[count] ?? Number.NaN)) / (more - few);
}

/** A run of so many dependent steps, each with a result of 200 bytes. `under`: a program that starts it. */
export function runOfSteps(
  bench: Bench,
  run: { kind: StepKind; steps: number; directory: string },
  under?: readonly string[],
): Promise<Measures> {
  const { kind, steps, directory } = run;
  if (kind !== "function") return bench.sample("graph-steps", { directory, steps, kind }, under);
  return bench.sample("function-steps", { directory, steps, warmUp: 0, atATime: 1 }, under);
}
