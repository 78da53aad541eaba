import { writeFileSync } from "node:fs";
import path from "node:path";
import { givenRun, onlyRun } from "../given-run.ts";
import { type Bench, beside, type Measured, type Row } from "../row.ts";

const program = path.resolve(import.meta.dirname, "../../dist/main.js");
const resumeOnce = path.resolve(import.meta.dirname, "../resume-once.mjs");
const importOnly = path.resolve(import.meta.dirname, "../import-only.mjs");
const unit = "ms";

export const start: Row = {
  name: "start",
  title: "start of a process to its end, its output read through a pipe",
  measure: async (bench) => {
    const directory = bench.directory();
    const empty = path.join(directory, "empty.mjs");
    writeFileSync(empty, "");
    await bench.sample("graph-steps", { directory, kind: "plain command", steps: 10 });
    const { runId } = onlyRun(directory);
    const given = await givenRun(bench, 1000);
    const commands = await beside(bench, {
      unit,
      limit: { what: "an empty script", measure: startMs(bench, directory, [empty]) },
      sides: [
        {
          what: "runledger --version",
          goal: { atMost: 1.25 },
          measure: startMs(bench, directory, [program, "--version"]),
        },
        {
          what: "runledger status --run, 10 steps",
          goal: { atMost: 1.4 },
          measure: startMs(bench, directory, [program, "status", "--run", runId]),
        },
      ],
    });
    const resumed = await beside(bench, {
      unit,
      limit: { what: "node -e 0", measure: startMs(bench, directory, ["-e", "0"]) },
      sides: [
        { what: "a script that imports runledger", measure: startMs(bench, directory, [importOnly]) },
        {
          what: "resume and call 1,000 finished steps again",
          goal: { atMost: 2.2 },
          measure: startMs(bench, directory, [resumeOnce, given.workspace, given.runId, String(given.steps)]),
        },
      ],
    });
    return [...commands, ...resumed];
  },
};

function startMs(bench: Bench, directory: string, args: readonly string[]): Measured {
  const starts = bench.quick ? 5 : 10;
  return async () => (await bench.sample("starts", { args, directory, starts }))["ms"] ?? Number.NaN;
}
