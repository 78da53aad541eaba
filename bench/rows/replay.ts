import { givenRun } from "../given-run.ts";
import { beside, type Figure, figure, type Goal, type Row } from "../row.ts";
import { parseMs } from "./resume.ts";

const ways: readonly { how: string; what: string; goal?: Goal; rss?: Goal }[] = [
  { how: "read", what: "every entry, chain checked", goal: { atMost: 1.6 }, rss: { atMost: 200 } },
  { how: "verify", what: "verify the ledger", rss: { atMost: 80 } },
  { how: "replay", what: "the run state with every key" },
  { how: "verify run", what: "verify the run, receipts too" },
];

export const replay: Row = {
  name: "replay",
  title: "reading a long ledger of function steps, each line some 750 bytes",
  measure: async (bench) => {
    const given = await givenRun(bench, bench.quick ? 50_000 : 1_000_000);
    const memory = new Map<string, number>();
    const times = await beside(bench, {
      unit: "ms",
      limit: { what: "JSON.parse of every line", measure: parseMs(bench, given) },
      sides: ways.map(({ how, what, goal }) => ({
        what,
        ...(goal === undefined ? {} : { goal }),
        measure: async () => {
          const { ms, rssMegabytes } = await bench.sample("read-ledger", { ...given, how });
          memory.set(how, Math.max(memory.get(how) ?? 0, rssMegabytes ?? Number.NaN));
          return ms ?? Number.NaN;
        },
      })),
    });
    return [...times, ...ways.map((way) => memoryFigure(way, memory.get(way.how)))];
  },
};

function memoryFigure({ what, rss }: (typeof ways)[number], most: number | undefined): Figure {
  return figure(`${what}: resident memory at most`, most ?? Number.NaN, "MB", rss);
}
