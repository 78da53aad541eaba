import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeProcesses } from "../../src/agent/node-processes.ts";
import { ProcessTable } from "../../src/agent/process-table.ts";
import type { Processes } from "../../src/agent/processes.ts";
import { sweepProcesses } from "../../src/agent/sweep.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { systemClock } from "../../src/ports.ts";
import { expectToEnd, isRunning, pidIn, removeDirectory, scratchDirectory, until } from "./scratch.ts";

const noProc = fs.existsSync("/proc/self/environ") ? false : "this system has no /proc";
const sweeper = fileURLToPath(new URL("fixtures/sweep.ts", import.meta.url));

let directory: string;
let token: string;
let started: ChildProcess[];

beforeEach(() => {
  directory = scratchDirectory();
  // Its own for each test: tests that run at the same time must not end each other's processes.
  token = `run-1@${path.basename(directory)}`;
  started = [];
});

afterEach(() => {
  for (const child of started) endGroup(child);
  removeDirectory(directory);
});

const sweep = (processes: Processes = nodeProcesses) =>
  sweepProcesses({ processes, disk: nodeDisk, clock: systemClock, token });

/** A shell script in a group of its own; `owners` are the tokens that it carries. */
function start(script: string, owners = token): ChildProcess {
  const env = { PATH: process.env.PATH, RUNLEDGER_OWNERS: owners };
  const child = spawn("/bin/sh", ["-c", script], { cwd: directory, env, detached: true, stdio: "ignore" });
  started.push(child);
  return child;
}

function endGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid ?? Number.NaN), "SIGKILL");
  } catch {
    // The test has ended it.
  }
}

const pidOf = (name: string) => pidIn(path.join(directory, name));

describe.skipIf(noProc)("the sweep of a dead run's processes", () => {
  it("ends whatever carries the token: children, orphans, daemons, and those that ignore signals", async () => {
    start("trap '' TERM INT HUP; echo $$ > ignoring; while :; do sleep 0.05; done", `outer@1 ${token}`);
    start("setsid sh -c 'echo $$ > daemon; sleep 600' & sleep 600 & echo $! > orphan; exit 0");
    const pids = await Promise.all(["ignoring", "daemon", "orphan"].map(pidOf));
    const outcome = await sweep();
    expect(outcome).toMatchObject({ supported: true, leftPids: [] });
    expect("endedPids" in outcome && outcome.endedPids).toEqual(expect.arrayContaining([pids[0], pids[1]]));
    for (const pid of pids) await expectToEnd(pid);
  });

  it("ends processes that start others without a pause", async () => {
    start("echo $$ > forking; while :; do setsid sleep 600 & sleep 0.01; done");
    await until(() => new ProcessTable(nodeDisk).carrying(token).length > 5);
    expect(await sweep()).toMatchObject({ leftPids: [] });
    expect(new ProcessTable(nodeDisk).carrying(token)).toEqual([]);
  });

  it("spares what carries another token, also one that only begins or ends alike", async () => {
    start("echo $$ > other; sleep 600", `${token}0 x${token} run-1@0`);
    const pid = await pidOf("other");
    expect(await sweep()).toEqual({ supported: true, endedPids: [], leftPids: [] });
    expect(isRunning(pid)).toBe(true);
  });

  it("spares itself, its group and its ancestors, which may carry the token too", async () => {
    start("echo $$ > stranger; sleep 600");
    const stranger = await pidOf("stranger");
    const script = `sleep 600 & echo $! > sibling; "$NODE" "$SWEEPER" "$TOKEN" > outcome.part; mv outcome.part outcome; sleep 600`;
    const env = {
      PATH: process.env.PATH,
      RUNLEDGER_OWNERS: token,
      NODE: process.execPath,
      SWEEPER: sweeper,
      TOKEN: token,
    };
    const resume = spawn("/bin/sh", ["-c", script], { cwd: directory, env, detached: true, stdio: "ignore" });
    try {
      await until(() => fs.existsSync(path.join(directory, "outcome")));
      const outcome = JSON.parse(fs.readFileSync(path.join(directory, "outcome"), "utf8"));
      expect(outcome).toMatchObject({ leftPids: [], endedPids: expect.arrayContaining([stranger]) });
      expect(isRunning(await pidOf("sibling"))).toBe(true);
      expect(isRunning(resume.pid ?? 0)).toBe(true);
    } finally {
      endGroup(resume);
    }
  });

  it("names what it cannot end, and does not try for ever", async () => {
    start("echo $$ > immortal; sleep 600");
    const pid = await pidOf("immortal");
    const deaf = { ...nodeProcesses, signal: () => false, signalGroup: () => false };
    const clock = {
      ...systemClock,
      after: (_: number, action: () => void) => systemClock.after(1, action),
      monotonicMs: leap,
    };
    const outcome = await sweepProcesses({ processes: deaf, disk: nodeDisk, clock, token });
    expect(outcome).toMatchObject({ supported: true, endedPids: [], leftPids: expect.arrayContaining([pid]) });
  });
});

describe("the sweep on a system without /proc", () => {
  it("says that it is not supported", async () => {
    const disk = { ...nodeDisk, stat: () => undefined };
    expect(await sweepProcesses({ processes: nodeProcesses, disk, clock: systemClock, token })).toEqual({
      supported: false,
    });
  });
});

let time = 0;

/** Every look at this clock is a second after the one before. */
function leap(): number {
  time += 1_000;
  return time;
}
