import path from "node:path";
import type { Disk } from "../../src/durable/disk.ts";
import type { World } from "../../src/run/place/world.ts";
import { resume } from "../../src/run/resume.ts";
import { run } from "../../src/run/run.ts";
import type { RunOutcome } from "../../src/run/session/outcome.ts";
import { functionRun, graphRun, type Scenario } from "../faults/run-scenarios.ts";
import type { SimulatedMachine, SimulatedProcess } from "../simulated/simulated-world.ts";
import type { Change } from "./changes.ts";
import { recordingDisk } from "./recording-disk.ts";

/** One process of a scenario, in a place of its own. */
export interface RecordedLife {
  readonly scenario: keyof typeof scenarios;
  readonly workspace: string;
  /** The first life starts the run, each later one resumes it. */
  readonly life: number;
  /** It is killed when it has made so many changes. */
  readonly killAfter?: number | undefined;
}

export const scenarios = { function: functionRun, graph: graphRun } satisfies Record<string, Scenario>;

/** On what a life works, and who is told. */
interface Recorder {
  disk(process: SimulatedProcess): Disk;
  note(change: Change): void;
  kill(process: SimulatedProcess): void;
}

/**
 * Lives it in simulated time, with simulated programs and the ids of its number: nothing but the disk is another from
 * one recorder to the next.
 */
export async function liveRecorded(life: RecordedLife, machine: SimulatedMachine, recorder: Recorder): Promise<void> {
  const scenario: Scenario = scenarios[life.scenario];
  const outside = { effects: () => [], effect: () => {}, disk: machine.outside };
  const process = machine.start(life.life, {
    programs: scenario.programs({ ...outside, get disk() { return disk; } }), // biome-ignore format: one line
  });
  let changes = 0;
  const disk = recordingDisk(recorder.disk(process), (change) => {
    recorder.note(change);
    changes += 1;
    if (changes === life.killAfter) recorder.kill(process);
  });
  const settled = await process.run((world) => startOrResume(life, scenario.task(outside), { ...world, disk }));
  if (life.killAfter === changes) return;
  if (settled?.kind === "threw") throw settled.error;
  if (settled?.kind !== "done" || settled.value.status !== "completed") throw new Error("it is not completed");
}

function startOrResume(
  { scenario, workspace, life }: RecordedLife,
  task: ReturnType<Scenario["task"]>,
  world: World,
): Promise<RunOutcome> {
  const options = { ...scenarios[scenario].options, workspace, world };
  if (life === 1) return run(task, options);
  const runId = world.disk.list(path.join(workspace, ".runledger/runs"))[0]?.name ?? "";
  return "kind" in task ? resume(task, { ...options, runId }) : resume({ ...options, runId });
}
