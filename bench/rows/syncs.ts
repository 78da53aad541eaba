import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { type Bench, type Figure, figure, type Measures, type Row } from "../row.ts";
import { perStep, runOfSteps, type StepKind, stepKinds } from "../step-costs.ts";

export const syncs: Row = {
  name: "syncs",
  title: "fdatasync of the ledger that one more dependent step takes, counted by strace",
  measure: async (bench) => {
    const refusal = straceRefusal();
    if (refusal !== undefined) {
      bench.say(`syncs: not counted: ${refusal}`);
      return [];
    }
    const figures: Figure[] = [];
    for (const kind of stepKinds) figures.push(...(await measureKind(bench, kind)));
    return figures;
  },
};

async function measureKind(bench: Bench, kind: StepKind): Promise<Figure[]> {
  const each = await perStep((steps) => countedSyncs(bench, kind, steps));
  return [
    // What is posted and not waited for, as the command of a long step, may have a sync of its own.
    figure(`${kind} step`, each("ofLedger"), "syncs", ...(kind === "function" ? [{ exactly: 1 }] : [])),
    figure(`${kind} step: syncs of all files and directories`, each("ofAll"), "syncs"),
  ];
}

async function countedSyncs(bench: Bench, kind: StepKind, steps: number): Promise<Measures> {
  const directory = bench.directory();
  const log = path.join(bench.directory(), "log");
  const strace = ["strace", "-f", "-qq", "-y", "-e", "trace=fdatasync,fsync", "-o", log];
  await runOfSteps(bench, { kind, steps, directory }, strace);
  // A call that another thread interrupts has two lines; only the first names the file.
  const ofAll = readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line.includes(`<${directory}/`));
  const ofLedger = ofAll.filter((line) => line.includes("ledger.ndjson>"));
  return { ofAll: ofAll.length, ofLedger: ofLedger.length };
}

function straceRefusal(): string | undefined {
  const { error, status, stderr } = spawnSync("strace", ["-qq", "-e", "trace=none", "true"], { encoding: "utf8" });
  if (error !== undefined) return "strace is not installed";
  return status === 0 ? undefined : `strace may not trace: ${stderr.trim().split("\n")[0]}`;
}
