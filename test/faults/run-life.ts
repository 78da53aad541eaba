import path from "node:path";
import { errnoOf, RunledgerError } from "../../src/errors.ts";
import { peekLedger } from "../../src/ledger/peek.ts";
import type { World } from "../../src/run/place/world.ts";
import { resume } from "../../src/run/resume.ts";
import { run } from "../../src/run/run.ts";
import type { RunOutcome } from "../../src/run/session/outcome.ts";
import type { DiskImage } from "../simulated/disk-image.ts";
import type { BeforeCall } from "../simulated/faults.ts";
import type { Settled } from "../simulated/simulated-clock.ts";
import { SimulatedMachine } from "../simulated/simulated-world.ts";
import { type Moment, MomentRecorder } from "./moments.ts";
import { type Effect, type Outside, type Scenario, store } from "./run-scenarios.ts";

/** What may be counted on from a moment on. */
export interface Promised {
  /** seq → hash of the entries that were acknowledged. */
  readonly acknowledged: ReadonlyMap<number, string>;
  /** What was done to the rest of the world; no power cut undoes it. */
  readonly effects: readonly Effect[];
}

export const nothingPromised: Promised = { acknowledged: new Map(), effects: [] };

/** One process of a scenario, from its start to its end. */
export interface Life {
  readonly settled: Settled<RunOutcome> | undefined;
  readonly moments: readonly Moment<Promised>[];
  readonly image: DiskImage;
  readonly promised: Promised;
  readonly machine: SimulatedMachine;
  readonly calls: number;
}

export interface LifeOptions {
  readonly boot: number;
  /** Tells this process from others of the same boot. */
  readonly process: number;
  readonly before?: BeforeCall;
  /** What the person types; default: resume the run that is there, else start one. */
  readonly type?: (scenario: Scenario, outside: Outside, world: World) => Promise<RunOutcome>;
}

/** Starts or resumes the run of `scenario` on what `image` holds, after what `promised` says was done. */
export async function live(
  scenario: Scenario,
  image: DiskImage,
  promised: Promised,
  options: LifeOptions,
): Promise<Life> {
  const recorder = new MomentRecorder<Promised>(image, promised);
  const machine = new SimulatedMachine(image, options.boot, recorder.changed);
  let now = promised;
  const keep = (after: Promised) => {
    now = after;
    recorder.promise(() => after);
  };
  const outside: Outside = {
    disk: machine.outside,
    effects: () => now.effects,
    effect: (step, key) => keep({ ...now, effects: [...now.effects, { step, key }] }),
  };
  const process = machine.start(options.process, {
    programs: scenario.programs(outside),
    ...(options.before && { before: options.before }),
  });
  const type = options.type ?? startOrResume;
  const noting: Scenario = {
    ...scenario,
    options: {
      ...scenario.options,
      onEntry: ({ seq, hash }) => {
        if (!now.acknowledged.has(seq)) keep({ ...now, acknowledged: new Map(now.acknowledged).set(seq, hash) });
      },
    },
  };
  const settled = await process.run((world) => type(noting, outside, world));
  const { calls } = process.disk;
  const { moments } = recorder;
  return { settled, moments, image: machine.image, promised: now, machine, calls };
}

/** What a careful person types after a crash: `resume` where there is a run, else the same `run` again. */
async function startOrResume(scenario: Scenario, outside: Outside, world: World): Promise<RunOutcome> {
  const task = scenario.task(outside);
  const runId = runsOn(outside)[0];
  if (runId === undefined) return run(task, { ...scenario.options, world });
  const options = { ...scenario.options, runId, world };
  return "kind" in task ? resume(task, options) : resume(options);
}

/** What a script does: the same `run` again, whatever is there. */
export async function startAgain(scenario: Scenario, outside: Outside, world: World): Promise<RunOutcome> {
  return run(scenario.task(outside), { ...scenario.options, world });
}

/** The ids of the runs that have an entry, seen from outside. */
export function runsOn({ disk }: Pick<Outside, "disk">): string[] {
  const runs = path.join(store, "runs");
  if (disk.stat(runs) === undefined) return [];
  const ids = disk.list(runs).map((entry) => entry.name);
  return ids.filter((id) => peekLedger(disk, path.join(runs, id, "ledger.ndjson")) !== undefined).sort();
}

/** What a life came to, for the message of a failure. */
export function summary(settled: Settled<RunOutcome> | undefined): string {
  if (settled === undefined) return "died";
  if (settled.kind === "stuck") return "waits for something that never comes";
  if (settled.kind === "done") return `${settled.value.status} (${settled.value.reason ?? settled.value.steps.join()})`;
  return errorText(settled.error);
}

/** A refusal, or what was thrown instead of one. */
export function errorText(error: unknown): string {
  if (error instanceof RunledgerError) return `refused: ${error.code}: ${error.message}`;
  return `threw ${errnoOf(error) ?? ""} ${error instanceof Error ? error.stack : String(error)}`;
}
