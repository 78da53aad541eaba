import { type Bench, beside, type Measured, type Row } from "../row.ts";

/** About as long as the line of a step. */
const lineBytes = 800;

/**
 * How many are timed one after the other, and how many come before these: until then V8 compiles what steps take, ours and
 * those of the plain programs.
 */
function many({ quick }: Bench): number {
  return quick ? 2000 : 10_000;
}

/** The loop that every rate of steps is measured beside. */
export function appendLoop(bench: Bench): { what: string; measure: Measured } {
  const lines = many(bench);
  return {
    what: "a loop of write and fdatasync",
    measure: async () => {
      const input = { directory: bench.directory(), lines, warmUp: lines, lineBytes };
      const { ms } = await bench.sample("append-loop", input);
      return perSecond(lines, ms);
    },
  };
}

/** Function steps a second, so many at a time. */
export function stepRate(bench: Bench, atATime: number): Measured {
  return rateOf(bench, "function-steps", atATime);
}

/** The same by a plain program. */
function plainRate(bench: Bench, atATime: number): Measured {
  return rateOf(bench, "plain-steps", atATime);
}

/** The same by a plain program that does what the promises cannot do without. */
function promisedRate(bench: Bench, atATime: number): Measured {
  return rateOf(bench, "promised-steps", atATime);
}

function rateOf(bench: Bench, sample: string, atATime: number): Measured {
  const warmUp = many(bench);
  // Several at a time are done sooner.
  const steps = warmUp * Math.min(atATime, 5);
  return async () => {
    const { ms } = await bench.sample(sample, { directory: bench.directory(), steps, warmUp, atATime });
    return perSecond(steps, ms);
  };
}

export function perSecond(count: number, ms: number | undefined): number {
  return (count / (ms ?? Number.NaN)) * 1000;
}

/** Since the pace of a disk that others use, too, changes from one second to the next. */
function twiceAsOften(bench: Bench): Bench {
  return { ...bench, rounds: 2 * bench.rounds };
}

export const steps: Row = {
  name: "steps",
  title: "dependent function steps a second, each durable before the next (results of 200 bytes)",
  measure: (bench) =>
    beside(twiceAsOften(bench), {
      unit: "steps/s",
      limit: appendLoop(bench),
      sides: [
        { what: "function steps", goal: { atLeast: 0.65 }, measure: stepRate(bench, 1) },
        { what: "a plain program that writes the same", measure: plainRate(bench, 1) },
        { what: "… and does what the promises need", measure: promisedRate(bench, 1) },
      ],
    }),
};

export const together: Row = {
  name: "together",
  title: "function steps a second, several at a time",
  measure: (bench) =>
    beside(twiceAsOften(bench), {
      unit: "steps/s",
      limit: appendLoop(bench),
      sides: [
        { what: "lines, 100 at a time, by group commit", measure: groupCommitRate(bench, 100) },
        { what: "1 at a time", measure: stepRate(bench, 1) },
        { what: "10 at a time", measure: stepRate(bench, 10) },
        { what: "100 at a time", goal: { atLeast: 7 }, measure: stepRate(bench, 100) },
        { what: "a plain program that writes the same, 100 at a time", measure: plainRate(bench, 100) },
        { what: "… and does what the promises need", measure: promisedRate(bench, 100) },
        { what: "1,000 at a time", measure: stepRate(bench, 1000) },
      ],
    }),
};

function groupCommitRate(bench: Bench, atATime: number): Measured {
  const lines = bench.quick ? 20_000 : 100_000;
  return async () => {
    const { ms } = await bench.sample("group-commit", { directory: bench.directory(), lines, atATime, lineBytes });
    return perSecond(lines, ms);
  };
}
