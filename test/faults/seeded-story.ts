import { RunledgerError } from "../../src/errors.ts";
import type { LedgerEntry } from "../../src/ledger/entry.ts";
import { abort } from "../../src/run/abort.ts";
import type { World } from "../../src/run/place/world.ts";
import { resume } from "../../src/run/resume.ts";
import { run } from "../../src/run/run.ts";
import type { DriveOptions } from "../../src/run/session/options.ts";
import type { RunOutcome } from "../../src/run/session/outcome.ts";
import type { RunStateDocument } from "../../src/runstate/state-schema.ts";
import { drawnState } from "../simulated/power-cut.ts";
import { type SeededRandom, seededRandom } from "../simulated/seeded-random.ts";
import type { Settled } from "../simulated/simulated-clock.ts";
import { imageWith, SimulatedMachine, type SimulatedProcess } from "../simulated/simulated-world.ts";
import { type DrawnTask, drawTask, oneOf } from "./drawn-task.ts";
import { programsOf, taskOf } from "./drawn-work.ts";
import { DrawnWorld } from "./drawn-world.ts";
import { readablePart } from "./readable-part.ts";
import { errorText } from "./run-life.ts";
import { workspace } from "./run-scenarios.ts";
import { inspect } from "./story-inspection.ts";
import { keptPrefix, ledgersOf } from "./story-judgement.ts";
import { drawStrikes, type Strike, striking } from "./strikes.ts";

/** What a person types. `run` of what is there already goes on with it. */
export type Verb = { readonly verb: "run" } | { readonly verb: "resume" | "abort"; readonly runId: string };

type Ended = Settled<RunOutcome | RunStateDocument> | undefined;

/** A process and what became of it. */
export interface Told {
  readonly process: SimulatedProcess;
  readonly ended: Ended;
}

const image = imageWith({
  [`${workspace}/in.txt`]: "in\n",
  [`${workspace}/.gitignore`]: "out/\n",
  [`${workspace}/out/`]: "",
});

/** So many tasks there are, told again and again: how a run of one ends that nothing strikes is found out once. */
const taskCount = 500;

/** A task and the lives of its runs, from a seed: processes one after another, or two at once, on machines that fail. */
export class Story {
  readonly random: SeededRandom;
  readonly task: DrawnTask;
  readonly world: DrawnWorld;
  /** What was typed, what struck, and what came of it: for the message of a failure. */
  readonly lines: string[] = [];
  machine = new SimulatedMachine(image);
  /** Whether somebody looks at what each life has left, and whether somebody mends it at the end. Both take their time. */
  readonly #isInspected: boolean;
  readonly isMended: boolean;
  #lives = 0;

  constructor(seed: number, task?: DrawnTask) {
    this.random = seededRandom(seed * 2_654_435_761);
    this.task = task ?? drawTask(seededRandom(seed % taskCount));
    this.world = new DrawnWorld(this.machine, this.random);
    this.#isInspected = seed % 8 === 3;
    this.isMended = seed % 8 === 5;
    this.lines.push(`the task: ${JSON.stringify(this.task)}`);
  }

  /** One to three processes (or pairs of them) on which anything may strike. */
  async tell(): Promise<void> {
    this.world.unreliable = this.random.below(2) === 0;
    const lives = oneOf(this.random, [1, 1, 2, 2, 3]);
    for (let life = 0; life < lives; life++) {
      const verbs = [this.#verb()];
      if (this.random.below(6) === 0) verbs.push(this.#verb());
      for (const told of await this.live(verbs, () => drawStrikes(this.random))) this.#judgeEnd(told);
    }
    this.world.unreliable = false;
  }

  /** Processes that are started at once, with what strikes each; resolves when all have ended. */
  async live(verbs: readonly Verb[], strikes: () => readonly Strike[]): Promise<Told[]> {
    const { machine } = this;
    const before = machine.image;
    let powerIsCut = false;
    const cutPower = () => {
      powerIsCut = true;
      machine.cutPower();
    };
    const begun = verbs.map((verb) => this.#begin(verb, strikes(), cutPower));
    const ends = await machine.time.until(Promise.all(begun.map(({ end }) => end)), () => powerIsCut);
    if (ends?.kind === "stuck") this.world.problems.push("waits for something that never comes");
    const told = begun.map(({ process }, index) => ({
      process,
      ended: ends?.kind === "done" && process.isAlive ? ends.value[index] : undefined,
    }));
    for (const { process, ended } of told) this.lines.push(`  ${process.pid} ${summary(ended)}`);
    if (machine.medium.locks.size > 0 && !powerIsCut) this.world.problems.push("a lock is still held");
    this.world.problems.push(...keptPrefix(before, machine.image));
    machine.killAll();
    if (powerIsCut) this.#restart();
    if (this.#isInspected) this.world.problems.push(...(await inspect(this.machine.image)));
    return told;
  }

  #verb(): Verb {
    const runs = [...ledgersOf(this.machine.image)].filter(([, bytes]) => readablePart(bytes).entries.length > 0);
    const runId = runs.at(-1)?.[0];
    const verb = oneOf(this.random, ["run", "run", "run", "run", "resume", "resume", "resume", "resume", "abort"]);
    return runId === undefined || verb === "run" ? { verb: "run" } : { verb: verb as "resume" | "abort", runId };
  }

  /** The power is back: what was not durable is there or not, and the clock has gone on. */
  #restart(): void {
    const state = drawnState(this.machine.image, this.random);
    this.lines.push(`  the power is back: ${state.name}`);
    this.machine = new SimulatedMachine(state.image, this.machine.boot + 1, undefined, this.machine.time);
    this.world.machine = this.machine;
  }

  #begin(verb: Verb, strikes: readonly Strike[], cutPower: () => void) {
    const { machine } = this;
    const died = Promise.withResolvers<undefined>();
    const stop = new AbortController();
    const kill = () => {
      process.kill();
      died.resolve(undefined);
    };
    const before = striking(strikes, this.random, {
      kill,
      cutPower,
      jump: (byMs) => machine.time.jump(byMs),
      interrupt: () => process.world.clock.soon(() => stop.abort()),
      note: (text) => void this.lines.push(`  ${process.pid}: ${text}`),
    });
    const programs = programsOf(this.task, this.world);
    const process: SimulatedProcess = machine.start(++this.#lives, { before, programs });
    this.lines.push(`${process.pid}: ${verb.verb}${strikes.map(({ what, at }) => `, ${what} at ${at}`).join("")}`);
    for (const { what, at } of strikes) {
      if (what === "kill in time") process.world.clock.after(at, kill);
    }
    const end = Promise.race([settle(() => this.#type(verb, process, kill, stop.signal)), died.promise]);
    void end.then(() => this.#finished.add(process));
    return { process, end };
  }

  readonly #finished = new Set<SimulatedProcess>();

  async #type(verb: Verb, process: SimulatedProcess, die: () => void, signal: AbortSignal) {
    const { world } = process;
    const isActive = () => process.isAlive && !this.#finished.has(process);
    const options = this.#options(world, { pid: process.pid, isActive }, signal);
    if (verb.verb === "abort") return abort({ ...options, runId: verb.runId, note: "enough" });
    const sleep = (ms: number) => new Promise<void>((resolve) => void world.clock.after(ms, resolve));
    const task = taskOf(this.task, this.world, { sleep, die });
    if (verb.verb === "run") return run(task, options);
    const { runId } = verb;
    const decide = async ({ key }: { key: string }) =>
      this.world.isDone(runId, key) ? ("done" as const) : ("retry" as const);
    const resuming = { ...options, runId, retryFailed: true, ...(this.world.unreliable ? {} : { decide }) };
    return "kind" in task ? resume(task, resuming) : resume(resuming);
  }

  #options(world: World, actor: { pid: number; isActive: () => boolean }, signal: AbortSignal): DriveOptions {
    let runId = "";
    return {
      ...{ workspace, world, signal, graceMs: 1_000 },
      onEntry: (entry) => {
        runId ||= this.#runOf(entry);
        this.world.acknowledge(actor, runId, entry);
      },
    };
  }

  #runOf({ hash }: LedgerEntry): string {
    return [...ledgersOf(this.machine.image)].find(([, bytes]) => bytes.includes(hash))?.[0] ?? "";
  }

  /** People do what a refusal says. */
  #obey({ hint = "" }: RunledgerError): void {
    const file = /remove (\/\S+),/.exec(hint)?.[1];
    if (file === undefined) return;
    this.world.remove(file);
    this.lines.push(`  ${file} is removed`);
  }

  #judgeEnd({ ended }: Told): void {
    if (ended?.kind !== "threw") return;
    const { error } = ended;
    if (error instanceof RunledgerError && !forbidden.has(error.code)) {
      this.#obey(error);
      return;
    }
    this.world.problems.push(`not refused by type: ${errorText(error)}`);
  }
}

/** Nothing is damaged here, and our own rules hold. */
const forbidden = new Set<string>([
  ...["INVARIANT", "LEDGER_DAMAGED", "RECORD_DAMAGED", "OBJECT_DAMAGED", "SNAPSHOT_ID_COLLISION", "WRITER_CLOSED"],
  ...["OBJECT_NOT_FOUND", "SNAPSHOT_NOT_FOUND", "TASK_MISMATCH", "DRIFT", "USAGE"],
]);

async function settle<Value>(action: () => Promise<Value>): Promise<Settled<Value>> {
  try {
    return { kind: "done", value: await action() };
  } catch (error) {
    return { kind: "threw", error };
  }
}

function summary(ended: Ended): string {
  if (ended === undefined) return "died";
  if (ended.kind === "stuck") return "is stuck";
  return ended.kind === "done" ? ended.value.status : errorText(ended.error);
}
