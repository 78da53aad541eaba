import { median, type Spread, spreadOf } from "./statistics.ts";

/** What a sample measured: milliseconds as `ms`, and whatever else its row wants to know. */
export type Measures = Readonly<Record<string, number>>;

/** What a row is given to measure with. */
export interface Bench {
  /** How often everything is measured, the two sides of a comparison by turns. */
  readonly rounds: number;
  /** A look in a minute: less of everything, and the largest sizes left out. */
  readonly quick: boolean;
  /** A new empty directory on the disk that is measured. Removed at the end of the row. */
  readonly directory: () => string;
  /** Runs `samples/<name>.ts` in a process of its own. `under`: a program that starts it, with its arguments. */
  readonly sample: (name: string, input: object, under?: readonly string[]) => Promise<Measures>;
  /** Said to whoever waits. */
  readonly say: (line: string) => void;
}

/** One thing that is measured, by name. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly measure: (bench: Bench) => Promise<Figure[]>;
}

/** A line of the table. */
export interface Figure {
  readonly what: string;
  /** Medians; of rates and times over all rounds. */
  readonly value: number;
  readonly unit: string;
  /** What it is measured beside, in the same unit. */
  readonly limit?: number;
  /** `value` by `limit`, round by round. */
  readonly ratio?: Spread;
  readonly goal?: Goal;
  /** Undefined without a goal. */
  readonly met?: boolean;
}

export type Goal = { readonly atMost: number } | { readonly atLeast: number } | { readonly exactly: number };

/** One side of a comparison: measures once. */
export type Measured = () => Promise<number>;

export interface Side {
  readonly what: string;
  readonly measure: Measured;
  /** For the ratio to the limit. */
  readonly goal?: Goal;
}

/**
 * Measures every side beside the limit, by turns, so that what else the machine does meets them alike. The ratio is the
 * median of the ratios of the rounds.
 */
export async function beside(
  bench: Bench,
  { unit, limit, sides }: { unit: string; limit: Side; sides: readonly Side[] },
): Promise<Figure[]> {
  const limits: number[] = [];
  const measured = sides.map((): number[] => []);
  for (let round = 0; round < bench.rounds; round++) {
    limits.push(await limit.measure());
    for (const [index, side] of sides.entries()) measured[index]?.push(await side.measure());
  }
  const figures = sides.map(({ what, goal }, index): Figure => {
    const values = measured[index] ?? [];
    const ratio = spreadOf(values.map((value, round) => value / (limits[round] ?? Number.NaN)));
    return { what, value: median(values), unit, limit: median(limits), ratio, ...judged(ratio.median, goal) };
  });
  return [{ what: limit.what, value: median(limits), unit }, ...figures];
}

/** A figure without a limit: a count, a size, or a cost by size. */
export function figure(what: string, value: number, unit: string, goal?: Goal): Figure {
  return { what, value, unit, ...judged(value, goal) };
}

/** The most that growth may add to what one unit costs. */
const linear: Goal = { atMost: 1.5 };

/** What a unit costs at each size, and by how much that grows from the smallest to the largest. */
export function growth(what: string, unit: string, costs: readonly { size: number; cost: number }[]): Figure[] {
  const first = costs.at(0)?.cost ?? Number.NaN;
  const last = costs.at(-1)?.cost ?? Number.NaN;
  const lines = costs.map(({ size, cost }) => figure(`${what}, ${size.toLocaleString("en")}`, cost, unit));
  return [...lines, figure(`${what}: growth`, last / first, "×", linear)];
}

function judged(value: number, goal: Goal | undefined): Pick<Figure, "goal" | "met"> {
  if (goal === undefined) return {};
  return { goal, met: isMet(value, goal) };
}

function isMet(value: number, goal: Goal): boolean {
  if ("exactly" in goal) return value === goal.exactly;
  return "atMost" in goal ? value <= goal.atMost : value >= goal.atLeast;
}
