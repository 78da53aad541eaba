import { type Bench, type Figure, figure, type Goal, type Row } from "../row.ts";
import { smallResult } from "../small-result.ts";
import { perStep, runOfSteps, type StepKind, stepKinds } from "../step-costs.ts";

const goals: Readonly<Record<StepKind, Goal>> = {
  function: { atMost: 900 },
  "plain command": { atMost: 1700 },
  agent: { atMost: 1700 },
};

export const bytes: Row = {
  name: "bytes",
  title: "bytes in the ledger that one more step takes (results of 200 bytes)",
  measure: async (bench) => {
    const figures = [figure("the result alone", JSON.stringify(smallResult(0)).length, "bytes")];
    for (const kind of stepKinds) figures.push(...(await measureKind(bench, kind)));
    return figures;
  },
};

async function measureKind(bench: Bench, kind: StepKind): Promise<Figure[]> {
  const each = await perStep((steps) => runOfSteps(bench, { kind, steps, directory: bench.directory() }));
  return [
    figure(`${kind} step`, each("ledgerBytes"), "bytes", goals[kind]),
    figure(`${kind} step: entries`, each("entries"), "entries"),
  ];
}
