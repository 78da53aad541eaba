import fs from "node:fs";
import os from "node:os";
import { describe, expect, it } from "vitest";
import { storeLayout } from "../../src/durable/layout.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { takeLock } from "../../src/durable/writer-lock.ts";
import { program, type Started, start } from "../cli/given.ts";
import { counting } from "../faults/counts.ts";
import { expectNothingLeft, givenWorkspaces, until, type Workspace } from "../run/given.ts";

const workspaces = givenWorkspaces();
const counts = counting("writers on one run", { "owners alone": 8, refused: 28 });
const numbers = [2, 3, 5, 8];

/** Says that it has begun, and ends when somebody writes counters/go. */
const steps = [
  { id: "waits", run: "printf x >> counters/waits; until test -e counters/go; do sleep 0.01; done" },
  { id: "pay", effect: "once", run: "printf x >> counters/pay", needs: ["waits"] },
];

describe("so many processes at once", () => {
  it.each(numbers)(
    "%i that run one task: one owns the run, the others name it and exit 5",
    { timeout: 300_000 },
    async (number) => {
      const workspace = givenWork();
      await expectOneOwner(workspace, number, () => ["run", "work"]);
    },
  );

  it.each(numbers)("%i that resume one run: the same", { timeout: 300_000 }, async (number) => {
    const workspace = givenWork();
    await givenDeadOwner(workspace);
    const runId = workspace.runId();
    await expectOneOwner(workspace, number, (index) =>
      index % 3 === 2 ? ["run", "work"] : ["resume", "--run", runId],
    );
    const again = await type(workspace, ["resume", "--run", runId]).ended;
    expect({ status: again.status, waits: workspace.counters()["waits"] }).toEqual({ status: 0, waits: 1 });
  });
});

describe("a stopped owner", () => {
  it("still owns the run: others name its process and exit 5; when it goes on, it completes the run", async () => {
    const workspace = givenWork();
    const owner = type(workspace, ["run", "work"]);
    await until(() => workspace.counters()["waits"] === 1);
    owner.child.kill("SIGSTOP");
    const ledger = () => workspace.read(`.runledger/runs/${workspace.runId()}/ledger.ndjson`);
    const before = ledger();
    for (const words of [
      ["run", "work"],
      ["resume", "--run", workspace.runId()],
      ["abort", "--run", workspace.runId()],
    ]) {
      const { status, stderr } = await type(workspace, words).ended;
      expect(status, words[0]).toBe(5);
      expect(stderr, words[0]).toContain(`process ${owner.child.pid}`);
    }
    const { stdout } = await type(workspace, ["status", workspace.runId(), "--json"]).ended;
    expect(JSON.parse(stdout)).toMatchObject({ alive: true });
    expect(ledger()).toBe(before);
    workspace.write("counters/go", "");
    owner.child.kill("SIGCONT");
    expect((await owner.ended).status).toBe(0);
    expectDoneOnce(workspace);
  });
});

describe("a lock", () => {
  it("that a dead process has named itself in, and its follower not yet, names nobody", async () => {
    const workspace = givenWork();
    const killed = await givenDeadOwner(workspace);
    const follower = nodeDisk.open(workspace.runFile("lock"), "lock");
    expect(follower.tryLock()).toBe(true);
    const { status, stderr } = await type(workspace, ["resume", "--run", workspace.runId()]).ended;
    expect(status).toBe(5);
    expect(stderr).toContain("is being worked on by another process");
    expect(stderr).not.toContain(String(killed));
    follower.close();
  });

  it("of a start that takes long is waited for, and said whose it is", async () => {
    const workspace = givenWork();
    workspace.write("counters/go", "");
    fs.mkdirSync(workspace.store);
    const owner = { pid: process.pid, host: os.hostname(), started_at: "2026-11-21T07:00:00.000Z", boot_id: "" };
    const lock = takeLock(nodeDisk, storeLayout(workspace.store).startLock, owner);
    const waiting = type(workspace, ["run", "work"]);
    await waiting.printed(`waiting for process ${process.pid}`);
    expect(workspace.runIds()).toEqual([]);
    lock?.release();
    expect((await waiting.ended).status).toBe(0);
    expectDoneOnce(workspace);
  });
});

/** A run whose first process was killed; its pid. */
async function givenDeadOwner(workspace: Workspace): Promise<number> {
  const owner = workspace.start({ task: "tasks/work.json", killAtSeq: 1 });
  await owner.ended;
  return owner.pid;
}

function givenWork(): Workspace {
  const workspace = workspaces.make();
  workspace.task(steps);
  return workspace;
}

function type(workspace: Workspace, words: readonly string[]): Started {
  return start([process.execPath, program, ...words], { workspace: workspace.directory });
}

/** All but one are refused while the one works; it then completes the run, and nothing was done twice. */
async function expectOneOwner(workspace: Workspace, number: number, words: (index: number) => string[]): Promise<void> {
  const started = Array.from({ length: number }, (_, index) => type(workspace, words(index)));
  const ended = Promise.all(started.map((each) => each.ended));
  const isAlive = ({ child }: Started) => child.exitCode === null && child.signalCode === null;
  await until(() => started.filter(isAlive).length <= 1);
  const [owner] = started.filter(isAlive);
  workspace.write("counters/go", "");
  const ends = await ended;
  expect(ends.map(({ status }) => status).sort()).toEqual([0, ...Array.from({ length: number - 1 }, () => 5)]);
  for (const { stderr } of ends.filter(({ status }) => status === 5)) {
    // For a moment after it has taken the lock its holder has not yet written who it is.
    expect(stderr).toMatch(new RegExp(`is being worked on by (process ${owner?.child.pid} |another process)`));
    counts.refused += 1;
  }
  counts["owners alone"] += 1;
  expectDoneOnce(workspace);
}

function expectDoneOnce(workspace: Workspace): void {
  expect(workspace.counters()).toMatchObject({ waits: 1, pay: 1 });
  expect(workspace.events().filter(({ event }) => event === "run.completed")).toHaveLength(1);
  expectNothingLeft(workspace);
}
