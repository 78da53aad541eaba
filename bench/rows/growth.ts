import { type GivenRun, givenRun } from "../given-run.ts";
import { type Bench, type Figure, figure, growth, type Row } from "../row.ts";
import { median } from "../statistics.ts";

interface Way {
  readonly what: string;
  readonly sample: string;
  readonly input: object;
}

const ways: readonly Way[] = [
  { what: "open for resume", sample: "resume", input: { callAgain: false } },
  { what: "open and call each again", sample: "resume", input: { callAgain: true } },
  { what: "every entry, chain checked", sample: "read-ledger", input: { how: "read" } },
  { what: "replay to the run state", sample: "read-ledger", input: { how: "replay" } },
  { what: "verify the ledger", sample: "read-ledger", input: { how: "verify" } },
  { what: "verify the run", sample: "read-ledger", input: { how: "verify run" } },
];

/** What it costs whatever the size is taken from a run of so few steps. */
const smallest = 10;

export const afterwardsGrowth: Row = {
  name: "growth",
  title: "what an entry costs afterwards, by the length of the ledger (fixed costs apart)",
  measure: async (bench) => {
    const sizes = [1000, 10_000, 100_000, ...(bench.quick ? [] : [1_000_000])];
    const measured = new Map(ways.map((way): [Way, Measured[]] => [way, []]));
    for (const size of [smallest, ...sizes]) {
      bench.say(`a run of ${size.toLocaleString("en")} steps`);
      const given = await givenRun(bench, size);
      for (const [way, all] of measured) all.push(await measureWay(bench, way, given));
    }
    return [...measured].flatMap(([{ what }, [fixed, ...all]]) => figuresOf(what, fixed, all));
  },
};

interface Measured {
  readonly size: number;
  readonly ms: number;
  readonly rssMegabytes: number;
}

async function measureWay(bench: Bench, { sample, input }: Way, given: GivenRun): Promise<Measured> {
  const times: number[] = [];
  let most = 0;
  for (let round = 0; round < (given.steps > 100_000 ? 1 : bench.rounds); round++) {
    const { ms, rssMegabytes } = await bench.sample(sample, { ...given, ...input });
    times.push(ms ?? Number.NaN);
    most = Math.max(most, rssMegabytes ?? Number.NaN);
  }
  return { size: given.steps, ms: median(times), rssMegabytes: most };
}

/** A thousand entries show what a process does while it is warming up; growth counts from ten thousand on. */
function figuresOf(what: string, fixed: Measured | undefined, [first, ...rest]: readonly Measured[]): Figure[] {
  const fixedMs = fixed?.ms ?? Number.NaN;
  const cost = ({ ms, size }: Measured) => ((ms - fixedMs) / size) * 1000;
  const unit = "µs an entry";
  return [
    figure(`${what}: fixed`, fixedMs, "ms"),
    ...(first === undefined ? [] : [figure(`${what}, ${first.size.toLocaleString("en")}`, cost(first), unit)]),
    ...growth(
      what,
      unit,
      rest.map((each) => ({ size: each.size, cost: cost(each) })),
    ),
    ...rest.map((each) => figure(`${what}: memory, ${each.size.toLocaleString("en")}`, each.rssMegabytes, "MB")),
  ];
}
