import { type Bench, beside, type Row } from "../row.ts";

const lineBytes = 800;

/** Dependent steps of a function, each durable before the next. */
export const steps: Row = {
  name: "steps",
  title: "dependent function steps a second, each durable before the next (results of 200 bytes)",
  measure: async (bench) => {
    const steps = bench.quick ? 1000 : 3000;
    const warmUp = 500;
    return beside(bench, {
      unit: "steps/s",
      limit: { what: "a loop of write and fdatasync", measure: async () => loopRate(bench, steps, warmUp) },
      sides: [
        {
          what: "function steps",
          goal: { atLeast: 0.65 },
          measure: async () => stepRate(bench, { steps, warmUp, atATime: 1 }),
        },
      ],
    });
  },
};

async function loopRate(bench: Bench, lines: number, warmUp: number): Promise<number> {
  const { ms } = await bench.sample("append-loop", { directory: bench.directory(), lines, warmUp, lineBytes });
  return (lines / (ms ?? Number.NaN)) * 1000;
}

export async function stepRate(
  bench: Bench,
  input: { steps: number; warmUp: number; atATime: number },
): Promise<number> {
  const { ms } = await bench.sample("function-steps", { directory: bench.directory(), ...input });
  return (input.steps / (ms ?? Number.NaN)) * 1000;
}
