import { type Bench, type Figure, figure, type Measures, type Row } from "../row.ts";
import { median } from "../statistics.ts";

const lineBytes = 800;

export const latency: Row = {
  name: "latency",
  title: "from the call of a function step to the moment when it is durable and its caller goes on",
  measure: async (bench) => {
    const sides = [
      { what: "one write and fdatasync", measure: () => syncLatency(bench) },
      ...[1, 10, 100, 1000].map((atATime) => ({
        what: `a step, ${atATime.toLocaleString("en")} in flight`,
        measure: () => stepLatency(bench, atATime),
      })),
    ];
    const measured = sides.map((): Measures[] => []);
    for (let round = 0; round < bench.rounds; round++) {
      for (const [index, side] of sides.entries()) measured[index]?.push(await side.measure());
    }
    return sides.flatMap(({ what }, index) => figuresOf(what, measured[index] ?? []));
  },
};

function figuresOf(what: string, measured: readonly Measures[]): Figure[] {
  const middle = (name: string) => median(measured.map((measures) => measures[name] ?? Number.NaN));
  return [figure(`${what}: half`, middle("p50"), "µs"), figure(`${what}: 99 of 100`, middle("p99"), "µs")];
}

function syncLatency(bench: Bench): Promise<Measures> {
  return bench.sample("sync-latency", { directory: bench.directory(), lines: bench.quick ? 1000 : 3000, lineBytes });
}

function stepLatency(bench: Bench, atATime: number): Promise<Measures> {
  const steps = Math.max(bench.quick ? 1000 : 3000, atATime * 10);
  return bench.sample("step-latency", { directory: bench.directory(), steps, warmUp: 500 + atATime, atATime });
}
