import { type GivenRun, givenRun } from "../given-run.ts";
import { type Bench, beside, type Figure, type Measured, type Row } from "../row.ts";

const unit = "ms";

export const resume: Row = {
  name: "resume",
  title: "opening a run of finished function steps for resume, chain checked, process start excluded",
  measure: async (bench) => {
    const figures: Figure[] = [];
    for (const steps of [1000, 10_000]) figures.push(...(await measureResume(bench, await givenRun(bench, steps))));
    return figures;
  },
};

function measureResume(bench: Bench, given: GivenRun): Promise<Figure[]> {
  const steps = given.steps.toLocaleString("en");
  return beside(bench, {
    unit,
    limit: { what: `parsing the lines of ${steps} steps`, measure: parseMs(bench, given) },
    sides: [
      { what: `open, ${steps} steps`, goal: { atMost: 1.5 }, measure: resumeMs(bench, given, false) },
      { what: `the chain and the keys alone, ${steps}`, measure: chainMs(bench, given, false) },
      { what: `and call each again, ${steps}`, goal: { atMost: 4 }, measure: resumeMs(bench, given, true) },
      { what: `the chain, the keys and the hits alone, ${steps}`, measure: chainMs(bench, given, true) },
    ],
  });
}

export function parseMs(bench: Bench, given: GivenRun): Measured {
  return async () => (await bench.sample("parse-lines", { file: given.ledger }))["ms"] ?? Number.NaN;
}

function chainMs(bench: Bench, given: GivenRun, callAgain: boolean): Measured {
  return async () => (await bench.sample("chain-and-keys", { file: given.ledger, callAgain }))["ms"] ?? Number.NaN;
}

function resumeMs(bench: Bench, given: GivenRun, callAgain: boolean): Measured {
  return async () => (await bench.sample("resume", { ...given, callAgain }))["ms"] ?? Number.NaN;
}
