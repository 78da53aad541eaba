import { type Figure, figure, growth, type Row } from "../row.ts";
import { median } from "../statistics.ts";

export const batch: Row = {
  name: "batch",
  title: "a for_each batch to its end, each item asked of an agent that answers at once, concurrency 8",
  measure: async (bench) => {
    const sizes = bench.quick ? [1000, 5000] : [1000, 10_000, 100_000];
    const costs: { size: number; cost: number }[] = [];
    const memory: Figure[] = [];
    for (const size of sizes) {
      const rounds = size <= 1000 ? bench.rounds : 1;
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const { ms, rssMegabytes } = await bench.sample("batch", { directory: bench.directory(), items: size });
        times.push(ms ?? Number.NaN);
        if (round === 0)
          memory.push(figure(`resident memory, ${size.toLocaleString("en")}`, rssMegabytes ?? Number.NaN, "MB"));
      }
      costs.push({ size, cost: (median(times) / size) * 1000 });
    }
    const asked = await bench.sample("ask-agent", { items: 10_000 });
    const agentAlone = ((asked["ms"] ?? Number.NaN) / 10_000) * 1000;
    return [figure("the agent alone", agentAlone, "µs an item"), ...growth("an item", "µs an item", costs), ...memory];
  },
};
