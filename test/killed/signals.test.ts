import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { program, start } from "../cli/given.ts";
import { counting } from "../faults/counts.ts";
import { expectNothingLeft, givenWorkspaces, seededRandom, type Workspace } from "../run/given.ts";
import { normalForm } from "../run/normal-form.ts";

const workspaces = givenWorkspaces();
const counts = counting("signals", {
  ...{ paused: 20, "before Node could hand it on": 0, "before the run began": 0, "at the end": 0 },
});

/** Each may be done once, counts itself and takes its time; none needs another, so that keys do not depend on probes. */
const steps = Array.from({ length: 6 }, (_, index) => ({
  ...{ id: `pay-${index}`, effect: "once", probe: `test -s counters/pay-${index}` },
  run: `printf x >> counters/pay-${index}; sleep 0.03`,
}));
const paidOnce = Object.fromEntries(steps.map(({ id }) => [id, 1]));

const statusOf = { SIGINT: 130, SIGTERM: 143 } as const;

describe("SIGINT and SIGTERM at random moments", () => {
  it("pause the run or come after its end; a resume completes it, and nothing is done twice", {
    timeout: 300_000,
  }, async () => {
    const { durationMs, expected } = await undisturbed();
    const survive = async (seed: number, signals: number) => {
      const random = seededRandom(seed);
      for (const sent = { count: 0 }; sent.count < signals; ) {
        const workspace = givenWork();
        while (!(await live(workspace, random, sent.count < signals ? durationMs : undefined, sent)));
        expect(normalForm(workspace), `seed ${seed}, signal ${sent.count}`).toEqual(expected);
        expect(workspace.counters()).toEqual(paidOnce);
        expectNothingLeft(workspace);
      }
    };
    await Promise.all([survive(1, 32), survive(2, 32)]);
  });
});

function givenWork(): Workspace {
  const workspace = workspaces.make();
  workspace.task(steps);
  return workspace;
}

async function undisturbed(): Promise<{ durationMs: number; expected: object }> {
  const workspace = givenWork();
  const { ended, printed } = start([process.execPath, program, "run", "work"], { workspace: workspace.directory });
  await printed("run-");
  const startedMs = performance.now();
  expect((await ended).status).toBe(0);
  return { durationMs: performance.now() - startedMs, expected: normalForm(workspace) };
}

/** One process, with a signal at some moment if a duration is given; true if it has ended the run. */
async function live(
  workspace: Workspace,
  random: () => number,
  durationMs: number | undefined,
  sent: { count: number },
): Promise<boolean> {
  const [runId] = workspace.bornRuns();
  const words = runId === undefined ? ["run", "work"] : ["resume", "--run", runId];
  // Without grace a step is ended in its middle and then in doubt: its probe knows.
  const command = [process.execPath, program, ...words, "--grace", random() < 0.5 ? "0" : "10"];
  const { child, ended, printed } = start(command, { workspace: workspace.directory });
  const signal = random() < 0.5 ? "SIGINT" : "SIGTERM";
  if (durationMs !== undefined) {
    // Mostly while it works, sometimes while it starts.
    if (random() < 0.85) await printed("run-");
    await sleep(random() * 0.7 * durationMs);
    if (child.kill(signal)) sent.count += 1;
  }
  const { status, stderr } = await ended;
  if (child.signalCode === null) expect([0, statusOf[signal]], stderr).toContain(status);
  else expect(child.signalCode).toBe(signal);
  note(workspace, status);
  return status === 0;
}

function note(workspace: Workspace, status: number | null): void {
  const isPaused = workspace.bornRuns().length > 0 && workspace.events().at(-1)?.event === "run.paused";
  if (status === 0) counts["at the end"] += 1;
  else if (status === null) counts["before Node could hand it on"] += 1;
  else if (isPaused) counts.paused += 1;
  else counts["before the run began"] += 1;
}
