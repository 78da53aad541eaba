import fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../src/ledger/entry.ts";
import { isTerminal } from "../../src/protocol/event-names.ts";
import { expectNothingLeft, givenWorkspaces, seededRandom, type Workspace } from "./given.ts";
import type { Job } from "./job.ts";
import { normalForm } from "./normal-form.ts";

type Work = Pick<Job, "task" | "function">;

const workspaces = givenWorkspaces();

/** Five layers of eight steps; each counts itself, takes its time and writes its output. Four at a time. */
const fortySteps = {
  version: 1,
  id: "forty-steps",
  concurrency: 4,
  steps: Array.from({ length: 40 }, (_, index) => {
    const id = `step-${index}`;
    const layer = Math.floor(index / 8) - 1;
    const needs = [index, index + 3].map((number) => `step-${layer * 8 + (number % 8)}`);
    return {
      id,
      run: `printf x >> counters/${id}; sleep 0.02; printf 'output of ${id}\\n' > out/${id}`,
      expected_outputs: [{ path: `out/${id}` }],
      ...(layer < 0 ? {} : { needs }),
    };
  }),
};

describe("kill -9 at random moments", () => {
  it("is survived 200 times by a task of 40 steps, four at a time", { timeout: 600_000 }, async () => {
    const undisturbed = normalForm(await finished({ task: "tasks/forty-steps.json" }));
    const work = { task: "tasks/forty-steps.json" };
    const tally = await Promise.all([surviveKills(work, 100, 1, undisturbed), surviveKills(work, 100, 2, undisturbed)]);
    console.log("plain steps:", ...tally);
  });

  it("is survived 40 times by a function of 40 steps at once", { timeout: 300_000 }, async () => {
    const undisturbed = normalForm(await finished({ function: "forty" }));
    const work = { function: "forty" };
    const tally = await Promise.all([surviveKills(work, 20, 3, undisturbed), surviveKills(work, 20, 4, undisturbed)]);
    console.log("functions:", ...tally);
  });
});

function givenForty(): Workspace {
  const workspace = workspaces.make();
  workspace.write("tasks/forty-steps.json", fortySteps);
  workspace.write("out/.gitkeep", "");
  return workspace;
}

async function finished(work: Work): Promise<Workspace> {
  const workspace = givenForty();
  const { outcome } = await workspace.work(work);
  expect(outcome?.status).toBe("completed");
  return workspace;
}

interface Tally {
  runs: number;
  kills: number;
  killedBeforeTheRun: number;
  doneTwice: number;
}

/** Runs the work again and again, killing every life at a random moment, until there were `kills` kills. */
async function surviveKills(work: Work, kills: number, seed: number, undisturbed: object): Promise<Tally> {
  const random = seededRandom(seed);
  const tally: Tally = { runs: 0, kills: 0, killedBeforeTheRun: 0, doneTwice: 0 };
  while (tally.kills < kills) {
    const workspace = givenForty();
    tally.runs += 1;
    while (!(await live(workspace, work, random, tally, tally.kills < kills)));
    expect(normalForm(workspace), `seed ${seed}, run ${tally.runs}`).toEqual(undisturbed);
    tally.doneTwice += expectEffectsOnce(workspace);
    expectNothingLeft(workspace);
  }
  return tally;
}

/** One process; true if it finished the run before it was killed. */
async function live(workspace: Workspace, work: Work, random: () => number, tally: Tally, kill: boolean) {
  const [runId] = workspace.bornRuns();
  // A start would begin anew where the last life was killed after it had finished the run.
  const byId = runId !== undefined && (random() < 0.5 || isFinished(workspace));
  const life = workspace.start(byId ? { ...work, runId } : work);
  if (kill) {
    // Mostly while it works, however slow the machine is; sometimes while it starts.
    if (random() < 0.85) await life.entries(1 + random() * 12).then(() => sleep(random() * 15));
    else await Promise.race([sleep(random() * 300), life.ended]);
    life.kill();
  }
  const { signal, outcome, error, stderr } = await life.ended;
  if (signal !== "SIGKILL") {
    expect({ status: outcome?.status, error, stderr }).toEqual({ status: "completed", error: undefined, stderr: "" });
    return true;
  }
  tally.kills += 1;
  if (workspace.bornRuns().length === 0) tally.killedBeforeTheRun += 1;
  return false;
}

function isFinished(workspace: Workspace): boolean {
  return fs.readFileSync(workspace.runFile("ledger.ndjson"), "utf8").includes('"event":"run.completed"');
}

/** Every effect happened once, or more often if it was in flight at a kill. How many did. */
function expectEffectsOnce(workspace: Workspace): number {
  const inFlight = inFlightAtResumes(workspace.entries());
  const counters = Object.entries(workspace.counters());
  for (const [step, count] of counters) {
    expect(count, step).toBeGreaterThanOrEqual(1);
    expect(count, step).toBeLessThanOrEqual(1 + (inFlight.get(step) ?? 0));
  }
  return counters.filter(([, count]) => count > 1).length;
}

/**
 * step → how often a process found it commanded and not ended. A function that is not `once` leaves no trace before it has
 * ended, so any step without an ending may have been in flight.
 */
function inFlightAtResumes(entries: LedgerEntry[]): Map<string, number> {
  const inFlight = new Map<string, number>();
  const open = new Map<string, boolean>();
  const isFunction = !entries.some((entry) => entry.kind === "command");
  const ended = new Set<string>();
  const ends = entries.flatMap((entry) => (entry.kind === "event" && entry.step !== undefined ? [entry.step] : []));
  for (const entry of entries) {
    if (entry.kind === "command") open.set(entry.step, true);
    if (entry.kind !== "event") continue;
    if (entry.step !== undefined && isTerminal(entry.command?.action ?? "exec", entry.event)) {
      open.delete(entry.step);
      ended.add(entry.step);
    }
    if (entry.event !== "run.resumed") continue;
    const found = isFunction ? ends.filter((step) => !ended.has(step)) : open.keys();
    for (const step of new Set(found)) inFlight.set(step, (inFlight.get(step) ?? 0) + 1);
  }
  return inFlight;
}
