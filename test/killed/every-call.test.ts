import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, describe, expect } from "vitest";
import { program } from "../cli/given.ts";
import { counting, nightly } from "../faults/counts.ts";
import { expectNothingLeft, expectSound, givenWorkspaces, type Workspace } from "../run/given.ts";
import { normalForm } from "../run/normal-form.ts";
import { changesBelow, shapeOf } from "./changes.ts";
import { type Kill, type SystemCall, straceRefusal, type Traced, trace } from "./strace.ts";
import { testUnless } from "./test-unless.ts";

// Only the main thread is traced: there a call can be counted. In memory no sync is slow, so all of them are made there.

const refusal = straceRefusal();
const counts = refusal === undefined ? counting("strace", { "kill points": 175, "kills that missed": 0 }) : undefined;
const test = testUnless(refusal);
const workspaces = givenWorkspaces();
const inMemory = fs.existsSync("/dev/shm") ? "/dev/shm" : os.tmpdir();
const functionProgram = path.join(import.meta.dirname, "function-process.mjs");
const mostTries = 50;

const compileCache = fs.mkdtempSync(path.join(os.tmpdir(), "runledger-compiled-"));
const env = { NODE_COMPILE_CACHE: path.join(compileCache, "cache") };
afterAll(() => fs.rmSync(compileCache, { recursive: true, force: true }));

/** What a person does, and types again after a crash. */
interface Scenario {
  readonly title: string;
  /** Its points are not fewer. */
  readonly points: number;
  /** Where it begins to differ from the scenarios before it; what comes before has been tried. */
  readonly from?: string;
  /** What was there before the life that is killed. */
  prepare?(workspace: Workspace): Promise<void>;
  command(workspace: Workspace): readonly string[];
}

/**
 * Both `once`: a command that may be repeated is synced at leisure, so the order of calls would depend on the time. Neither needs the
 * other: what a probe settles has no result, and so gives another key to what needs it.
 */
const twoSteps = {
  version: 1,
  id: "two-steps",
  steps: [
    {
      ...{ id: "write", effect: "once", run: "printf written > out.txt", probe: "test -s out.txt" },
      expected_outputs: [{ path: "out.txt" }],
    },
    { id: "pay", effect: "once", run: "printf x >> counters/pay", probe: "test -s counters/pay" },
  ],
};

const node = process.execPath;
const commandLine: Scenario = {
  title: "a run of plain commands",
  points: 100,
  command: (workspace) => {
    const [runId] = workspace.bornRuns();
    return runId === undefined ? [node, program, "run", "two-steps"] : [node, program, "resume", "--run", runId];
  },
};

const scenarios: readonly Scenario[] = [
  commandLine,
  {
    title: "a run of a function",
    points: 100,
    from: "write /.runledger/runs/RUN/ledger.ndjson",
    command: (workspace) => [node, functionProgram, ...workspace.bornRuns()],
  },
  {
    ...commandLine,
    title: "a resume after a kill and a torn tail",
    // `run.json` is not written again while a run is being opened, and each directory is synced once.
    points: 45,
    prepare: async (workspace) => {
      // After the events of the first step, before its receipt; the last kill's temporary is still there.
      const kill = { name: "rename", nth: 7 };
      await trace(commandLine.command(workspace), { cwd: workspace.directory, kill });
      fs.appendFileSync(workspace.runFile("ledger.ndjson"), '{"action":"exec","at":"20');
    },
  },
];

describe("kill -9 just before every call that changes the store", () => {
  for (const scenario of scenarios) {
    test(`${scenario.title} ends as without it`, { timeout: 300_000 }, async () => {
      const [first, second] = [await givenLane(scenario), await givenLane(scenario)];
      const plan = await planOf(first, scenario.points);
      expect(plan.points.length).toBeGreaterThanOrEqual(scenario.points);
      const from = plan.points.findIndex(({ shape }) => scenario.from === undefined || shape === scenario.from);
      const indexes = [...plan.points.keys()].filter((index) => index >= from && isTried(plan.points, index)).values();
      const work = async (lane: Lane) => {
        for (const index of indexes) await surviveKillAt(lane, index, plan);
      };
      await Promise.all([work(first), work(second)]);
    });
  }
});

/** A place where a scenario can be lived again and again. */
interface Lane {
  readonly workspace: Workspace;
  trace(kill?: Kill): Promise<Traced>;
  /** What a person types after a kill; its exit status. */
  again(): Promise<number | null>;
}

async function givenLane(scenario: Scenario): Promise<Lane> {
  const workspace = workspaces.make(inMemory);
  workspace.write("tasks/two-steps.json", twoSteps);
  await scenario.prepare?.(workspace);
  const template = fs.mkdtempSync(path.join(compileCache, "template-"));
  fs.cpSync(workspace.directory, template, { recursive: true });
  return {
    workspace,
    trace: (kill) => {
      fs.rmSync(workspace.directory, { recursive: true });
      fs.cpSync(template, workspace.directory, { recursive: true });
      return trace(scenario.command(workspace), { cwd: workspace.directory, env, kill });
    },
    again: async () => {
      const [command = "", ...words] = scenario.command(workspace);
      const options = { cwd: workspace.directory, stdio: "ignore", env: { ...process.env, ...env } } as const;
      return (await once(spawn(command, words, options), "exit"))[0];
    },
  };
}

/** A call before which a process can be killed. */
interface Point {
  /** The call in words. */
  readonly shape: string;
  readonly kill: Kill;
}

/** A process that dies between two syncs leaves what it leaves before the first: that is tried at night only. */
function isTried(points: readonly Point[], index: number): boolean {
  const isSync = (point: Point | undefined) => /^(data)?sync /.test(point?.shape ?? "");
  return nightly > 1 || !isSync(points[index]) || !isSync(points[index - 1]);
}

/** Every point of a scenario, and how it ends when nobody is killed. */
interface Plan {
  readonly points: readonly Point[];
  readonly expected: object;
}

async function planOf({ trace, workspace }: Lane, leastPoints: number): Promise<Plan> {
  // The first life fills Node's cache of compiled code, and so makes other calls than the next.
  await trace();
  for (let tries = 1; ; tries++) {
    const { status, stderr, calls } = await trace();
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const points = pointsIn(calls, workspace);
    // On a busy machine a sync takes long also in memory, and the next ones are made by threads that are not traced.
    if (points.length >= leastPoints || tries === mostTries) return { points, expected: normalForm(workspace) };
  }
}

function pointsIn(calls: readonly SystemCall[], { directory }: Workspace): Point[] {
  return changesBelow(directory, calls).map(({ change, call }) => {
    const upToIt = calls.slice(0, calls.indexOf(call) + 1);
    const nth = upToIt.filter(({ name }) => name === call.name).length;
    return { shape: shapeOf(change, directory), kill: { name: call.name, nth } };
  });
}

function shapesOf(points: readonly Point[]): string[] {
  return points.map(({ shape }) => shape);
}

/** Lives until the point of this index, is killed there, and comes to the same end in a new process. */
async function surviveKillAt(lane: Lane, index: number, { points, expected }: Plan): Promise<void> {
  const at = `killed before call ${index + 1} of ${points.length}: ${points[index]?.shape}`;
  await killAt(lane, points.slice(0, index + 1), at);
  if (counts) counts["kill points"] += 1;
  expect(await lane.again(), at).toBe(0);
  expect(normalForm(lane.workspace), at).toEqual(expected);
  expect(lane.workspace.counters()["pay"], at).toBe(1);
  expectNothingLeft(lane.workspace);
  await expectSound(lane.workspace);
}

/**
 * Kills a process at the last of these points. Calls are counted by name, and a few of a name are not the store's and not
 * the same in every life (waking another thread, looking for processors): who misses aims anew.
 */
async function killAt({ trace, workspace }: Lane, points: readonly Point[], at: string): Promise<void> {
  const shapes = shapesOf(points);
  let kill = points.at(-1)?.kill as Kill;
  for (let tries = 1; tries <= mostTries; tries++) {
    const { isKilled, calls } = await trace(kill);
    const reached = pointsIn(calls, workspace);
    const isBefore = calls.at(-1)?.result === undefined;
    if (isKilled && isBefore && isDeepStrictEqual(shapesOf(reached), shapes)) return;
    if (counts) counts["kills that missed"] += 1;
    kill = reached[points.length - 1]?.kill ?? { ...kill, nth: kill.nth + 1 };
  }
  expect.fail(`${at}: missed ${mostTries} times`);
}
