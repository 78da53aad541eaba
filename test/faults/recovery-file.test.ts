import { describe, expect, it } from "vitest";
import { storeLayout } from "../../src/durable/layout.ts";
import { readRecoveryFile } from "../../src/ledger/recovery-file.ts";
import { type DiskImage, lookUp, walkFiles } from "../simulated/disk-image.ts";
import type { Call } from "../simulated/faults.ts";
import { SimulatedMachine } from "../simulated/simulated-world.ts";
import { counting, nightly } from "./counts.ts";
import { Distinct, extremeStates, type Moment, type NamedImage } from "./moments.ts";
import { judge, normalForm } from "./run-judgement.ts";
import { type Life, live, nothingPromised, type Promised, runsOn, startAgain } from "./run-life.ts";
import { functionRun, parallelRun, type Scenario, store } from "./run-scenarios.ts";

const counts = counting("what a full disk did not take", {
  "full disks": 7,
  "recovery files": 4,
  "crashes of the life that wrote one": 130,
  "crashes of the life that read one": 190,
});
const timeoutMs = 600_000 * nightly;

const scenarios = [functionRun, parallelRun];

describe("the recovery file", () => {
  it.each(scenarios)(
    "saves what was done and could not be recorded: $name",
    { timeout: timeoutMs },
    async (scenario) => {
      const problems: string[] = [];
      const { expected, writes } = await undisturbed(scenario);
      for (let from = 1; from <= writes; from++) {
        const full = await fullFrom(scenario, from);
        if (runsOn({ disk: full.machine.outside }).length === 0) continue;
        counts["full disks"] += 1;
        const kept = keptIn(full.image);
        if (kept.length > 0) counts["recovery files"] += 1;
        const next = await live(scenario, full.image, full.promised, { boot: 1, process: 2 });
        const found = [...judge(scenario, expected, full.image, full.promised, next)];
        if (leftIn(next.image).length > 0) found.push("the recovery file is still there");
        const again = doneAgain(kept, full.promised, next);
        if (again.length > 0) found.push(`done again: ${again.join()}`);
        problems.push(...found.map((problem) => `full from write ${from}: ${problem}`));
      }
      expect(problems.slice(0, 20)).toEqual([]);
    },
  );

  it.each(scenarios)(
    "survives crashes while it is written, and while it is read: $name",
    { timeout: timeoutMs },
    async (scenario) => {
      const problems: string[] = [];
      const { expected, writes } = await undisturbed(scenario);
      const distinct = new Distinct();
      const third = async (where: string, died: Moment<Promised>, { image, name }: NamedImage, kept: string[]) => {
        if (!distinct.isNew(image, `${died.promised.acknowledged.size} ${died.promised.effects.length}`)) return false;
        const life = await live(scenario, image, died.promised, { boot: 2, process: 3 });
        const found = [...judge(scenario, expected, died.image, died.promised, life)];
        if (leftIn(life.image).length > 0) found.push("the recovery file is still there");
        const again = doneAgain(kept, died.promised, life);
        if (again.length > 0) found.push(`done again: ${again.join()}`);
        problems.push(...found.map((problem) => `${where}, ${name}: ${problem}`));
        return true;
      };
      for (let from = 2; from <= writes; from++) {
        const full = await fullFrom(scenario, from);
        const kept = keptIn(full.image);
        if (kept.length === 0) continue;
        for (const moment of full.moments) {
          for (const state of extremeStates(moment.image)) {
            const where = `full from write ${from}, crash at ${moment.n}`;
            const isNew = await third(where, moment, state, keptIn(state.image));
            if (isNew) counts["crashes of the life that wrote one"] += 1;
          }
        }
        const { moments } = await live(scenario, full.image, full.promised, { boot: 1, process: 2 });
        for (const moment of moments) {
          for (const state of extremeStates(moment.image)) {
            const where = `full from write ${from}, resumed, crash at ${moment.n}`;
            if (await third(where, moment, state, kept)) counts["crashes of the life that read one"] += 1;
          }
        }
      }
      expect(problems.slice(0, 20)).toEqual([]);
    },
  );
});

async function undisturbed(scenario: Scenario): Promise<{ expected: string; writes: number }> {
  let writes = 0;
  const before = (call: Call) => {
    if (isLedgerWrite(call)) writes += 1;
    return undefined;
  };
  const life = await live(scenario, scenario.image, nothingPromised, { boot: 1, process: 1, type: startAgain, before });
  return { expected: JSON.stringify(normalForm(scenario, life)), writes };
}

/** A life on a disk that takes no more of the ledger from its n-th write on. */
function fullFrom(scenario: Scenario, from: number): Promise<Life> {
  let writes = 0;
  return live(scenario, scenario.image, nothingPromised, {
    boot: 1,
    process: 1,
    type: startAgain,
    before: (call) => {
      if (isLedgerWrite(call)) writes += 1;
      return isLedgerWrite(call) && writes >= from ? { errno: "ENOSPC", effect: "torn" } : undefined;
    },
  });
}

function isLedgerWrite({ name, path }: Call): boolean {
  return name === "file.write" && path.endsWith("/ledger.ndjson");
}

/** The steps whose events a recovery file on this disk holds. */
function keptIn(image: DiskImage): string[] {
  const { disk } = new SimulatedMachine(image).start(9);
  const runs = runsOn({ disk }).map((runId) => storeLayout(store).run(runId));
  return runs.flatMap((run) => readRecoveryFile(disk, run.failedLedger)?.records.map(({ step = "" }) => step) ?? []);
}

/** The steps of `kept` that were done once more in `life`, which began with `before`. */
function doneAgain(kept: readonly string[], before: Promised, life: Life): string[] {
  const done = life.promised.effects.slice(before.effects.length).map(({ step }) => step);
  return done.filter((step) => kept.includes(step));
}

function leftIn(image: DiskImage): string[] {
  if (lookUp(image, store) === undefined) return [];
  return [...walkFiles(image, store)].map(([file]) => file).filter((file) => file.includes("ledger.failed"));
}
