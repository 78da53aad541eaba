import { describe, expect, it } from "vitest";
import { storeLayout } from "../../src/durable/layout.ts";
import { abort } from "../../src/run/abort.ts";
import type { World } from "../../src/run/place/world.ts";
import { type DiskImage, walkFiles } from "../simulated/disk-image.ts";
import { powerCutStates } from "../simulated/power-cut.ts";
import { SimulatedMachine } from "../simulated/simulated-world.ts";
import { counting, nightly } from "./counts.ts";
import { Distinct, type Moment, MomentRecorder } from "./moments.ts";
import { readablePart } from "./readable-part.ts";
import { contentOf, judge, normalForm, stillVolatile } from "./run-judgement.ts";
import { live, nothingPromised, type Promised, runsOn, startAgain } from "./run-life.ts";
import { agentRun, shortRun, store, workspace } from "./run-scenarios.ts";

const counts = counting("crashes of agents and of abort", { "crash points": 165, "disk states": 520, kills: 165 });
const timeoutMs = 300_000 * nightly;

/** What locks, diagnostics, copies and temporaries say decides nothing. */
const settled = (file: string) => /\/((start\.)?lock|stderr\.log|run\.json|[^/]+\.tmp)$/.test(file);

/** Killed there, or without power: the second starts another boot. */
function* statesOf(died: DiskImage): Generator<{ image: DiskImage; name: string; boot: number }> {
  yield { image: died, name: "killed", boot: 1 };
  const states = powerCutStates(died, { settled, exhaustiveUpTo: 2 + nightly, samples: 2 * nightly });
  for (const state of states) yield { ...state, boot: 2 };
}

describe("a run with an NDJSON agent whose machine or process dies", () => {
  it("ends as if nothing had happened", { timeout: timeoutMs }, async () => {
    const undisturbed = await live(agentRun, agentRun.image, nothingPromised, startAgainAs(1));
    const expected = JSON.stringify(normalForm(agentRun, undisturbed));
    const problems: string[] = [];
    const distinct = new Distinct();
    for (const { image: died, promised, n } of undisturbed.moments) {
      counts["crash points"] += 1;
      for (const { image, name, boot } of statesOf(died)) {
        if (boot === 2 && !distinct.isNew(image, `${promised.acknowledged.size} ${promised.effects.length}`)) continue;
        counts[boot === 1 ? "kills" : "disk states"] += 1;
        const next = await live(agentRun, image, promised, { boot, process: 2 });
        for (const problem of judge(agentRun, expected, died, promised, next)) {
          problems.push(`crash at ${n}, ${name}: ${problem}`);
        }
      }
    }
    expect(problems.slice(0, 60)).toEqual([]);
  });
});

function startAgainAs(process: number) {
  return { boot: 1, process, type: startAgain };
}

/** One process that aborts the run which is there; every moment of it. */
async function abortIn(image: DiskImage, promised: Promised, boot: number, process: number) {
  const recorder = new MomentRecorder<Promised>(image, promised);
  const machine = new SimulatedMachine(image, boot, recorder.changed);
  const [runId = ""] = runsOn({ disk: machine.outside });
  const onEntry = ({ seq, hash }: { seq: number; hash: string }) =>
    recorder.promise((before) => ({ ...before, acknowledged: new Map(before.acknowledged).set(seq, hash) }));
  const end = (world: World) => abort({ workspace, runId, world, onEntry });
  const ended = await machine.start(process).run(end);
  return { ended, machine, moments: recorder.moments, runId };
}

describe("an abort whose machine or process dies", () => {
  it("is done by the next one, and loses nothing that was acknowledged", { timeout: timeoutMs }, async () => {
    const { moments } = await live(shortRun, shortRun.image, nothingPromised, startAgainAs(1));
    const problems: string[] = [];
    for (const { image, promised } of interrupted(moments)) {
      const first = await abortIn(image, promised, 1, 2);
      expect(first.ended).toMatchObject({ kind: "done", value: { status: "aborted" } });
      const distinct = new Distinct();
      for (const moment of first.moments) {
        counts["crash points"] += 1;
        for (const state of statesOf(moment.image)) {
          if (!distinct.isNew(state.image, `${state.boot} ${moment.promised.acknowledged.size}`)) continue;
          counts[state.boot === 1 ? "kills" : "disk states"] += 1;
          const where = `begun at ${promised.acknowledged.size}, crash at ${moment.n}, ${state.name}`;
          for (const problem of await judgeSecond(moment, state)) problems.push(`${where}: ${problem}`);
        }
      }
    }
    expect(problems.slice(0, 60)).toEqual([]);
  });
});

/** The first moment with each number of acknowledged entries, but for the run that has none or is finished. */
function interrupted(moments: readonly Moment<Promised>[]): Moment<Promised>[] {
  const last = moments.at(-1)?.promised.acknowledged.size;
  const counted = new Map(moments.toReversed().map((moment) => [moment.promised.acknowledged.size, moment]));
  return [...counted].filter(([count]) => count !== 0 && count !== last).map(([, moment]) => moment);
}

async function judgeSecond(
  { promised }: Moment<Promised>,
  state: { image: DiskImage; boot: number },
): Promise<string[]> {
  const { ended, machine, runId } = await abortIn(state.image, promised, state.boot, 3);
  const problems: string[] = [];
  if (ended?.kind !== "done") return [`the next abort: ${JSON.stringify(ended)}`];
  const run = storeLayout(store).run(runId);
  const { entries } = readablePart(contentOf(machine.image, run.ledger));
  const lost = [...promised.acknowledged].filter(([seq, hash]) => entries[seq - 1]?.hash !== hash);
  if (lost.length > 0) problems.push(`entries are lost: ${lost.map(([seq]) => seq).join()}`);
  const aborted = entries.filter((entry) => entry.kind === "event" && entry.event === "run.aborted");
  if (aborted.length !== 1 || entries.at(-1) !== aborted[0]) problems.push(`${aborted.length} times aborted`);
  const document = JSON.parse(contentOf(machine.image, run.runState).toString()) as { head: { hash: string } };
  if (document.head.hash !== entries.at(-1)?.hash) problems.push("run.json is of an earlier entry");
  const volatile = stillVolatile(machine.image, [{ run, hash: ended.value.head.hash }]);
  if (volatile.length > 0) problems.push(`still volatile: ${volatile.join(", ")}`);
  const temporaries = [...walkFiles(machine.image, store)].filter(([file]) => file.endsWith(".tmp"));
  if (temporaries.length > 0) problems.push(`temporaries are left: ${temporaries.map(([file]) => file).join(", ")}`);
  if (machine.medium.locks.size > 0) problems.push("a lock is still held");
  return problems;
}
