import { type Bench, beside, figure, type Measures, type Row } from "../row.ts";

export const output: Row = {
  name: "output",
  title: "a run whose plain command prints much",
  measure: async (bench) => {
    const mebibytes = bench.quick ? 64 : 1024;
    const memory: number[] = [];
    const times = await beside(bench, {
      unit: "ms",
      limit: {
        what: "sh: tee to a file, sha256sum, sync",
        measure: async () => msOf(await pipeToFile(bench, mebibytes)),
      },
      sides: [
        {
          what: `printing ${mebibytes} MiB`,
          measure: async () => {
            const measures = await printing(bench, mebibytes);
            memory.push(measures["rssMegabytes"] ?? Number.NaN);
            return msOf(measures);
          },
        },
      ],
    });
    const little = (await printing(bench, 1))["rssMegabytes"] ?? Number.NaN;
    const most = Math.max(...memory);
    return [
      ...times,
      figure("resident memory at most, printing 1 MiB", little, "MB"),
      figure(`resident memory at most, printing ${mebibytes} MiB`, most, "MB", { atMost: 200 }),
    ];
  },
};

function printing(bench: Bench, mebibytes: number): Promise<Measures> {
  return bench.sample("loud-step", { directory: bench.directory(), mebibytes });
}

function pipeToFile(bench: Bench, mebibytes: number): Promise<Measures> {
  return bench.sample("pipe-to-file", { directory: bench.directory(), mebibytes });
}

function msOf(measures: Measures): number {
  return measures["ms"] ?? Number.NaN;
}
