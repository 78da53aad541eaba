import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { program as builtProgram } from "../cli/given.ts";
import { counting } from "../faults/counts.ts";
import { workspace as simulatedWorkspace } from "../faults/run-scenarios.ts";
import { type DiskImage, walkFiles } from "../simulated/disk-image.ts";
import { powerCutStates } from "../simulated/power-cut.ts";
import { imageWith, SimulatedMachine } from "../simulated/simulated-world.ts";
import { type Change, changesBelow } from "./changes.ts";
import { liveRecorded, type RecordedLife, scenarios } from "./recorded-life.ts";
import { contentOf, replay } from "./replay.ts";
import { straceRefusal, trace } from "./strace.ts";
import { testUnless } from "./test-unless.ts";

const refusal = straceRefusal();
const test = testUnless(refusal);
const timeout = 300_000;
const program = path.join(import.meta.dirname, "recorded-process.ts");
const counts =
  refusal === undefined
    ? counting("strace against the simulated disk", { changes: 200, "disk states": 1_000 })
    : undefined;

let workspace = "";
beforeEach(() => {
  workspace = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "runledger-same-")));
});
afterEach(() => fs.rmSync(workspace, { recursive: true, force: true }));

describe("what is killed in the middle and then resumed", () => {
  // Of so many changes the first life makes only these: past its first step, and in none of what the step itself does.
  for (const [scenario, killAfter] of [
    ["function", 70],
    ["graph", 90],
  ] as const) {
    test(`asks the kernel for what it asks the disk for, and what the simulated disk is asked for: ${scenario}`, {
      timeout,
    }, async () => {
      const found = filesOf(scenario);
      for (const [file, content] of Object.entries(found)) writeReal(file, content);
      const lives = [1, 2].map((life) => ({
        scenario,
        workspace,
        life,
        killAfter: life === 1 ? killAfter : undefined,
      }));
      const traced = [];
      for (const life of lives) traced.push(await liveTraced(life));
      const done = traced.flatMap((life) => life.done);
      expect(done.map(inWords)).toEqual(traced.flatMap((life) => life.asked).map(inWords));

      const simulated = await liveSimulated(lives, imageWith(found));
      expect(simulated.asked.map(inWords)).toEqual(done.map(inWords));
      const replayed = replay(imageWith(found), done);
      expect(replayed.length).toBe(simulated.images.length);
      replayed.forEach((image, index) => {
        const states = statesOf(image);
        expect(states, `after change ${index + 1}`).toEqual(statesOf(simulated.images[index] as DiskImage));
        if (counts) counts["disk states"] += states.length;
      });
      if (counts) counts.changes += done.length;
    });
  }
});

describe("the built program", () => {
  test("has put into its store what strace saw, and nobody else has", { timeout }, async () => {
    const run = "printf x > out.txt; head -c 20000 /dev/zero";
    const steps = [{ id: "write", run, expected_outputs: [{ path: "out.txt" }] }];
    writeReal(`${workspace}/tasks/`, "");
    writeReal(`${workspace}/tasks/one.json`, JSON.stringify({ version: 1, id: "one", steps }));
    const command = [process.execPath, builtProgram, "run", "one"];
    const { status, calls } = await trace(command, { cwd: workspace, everyThread: true, dataBytes: 2 ** 20 });
    expect(status).toBe(0);
    const store = path.join(workspace, ".runledger");
    const done = changesBelow(store, calls);
    const replayed = replay(
      imageWith({ [`${workspace}/`]: "" }),
      done.map(({ change }) => change),
    ).at(-1);
    expect(filesIn(replayed as DiskImage)).toEqual(realFilesIn(workspace, ".runledger"));
    const threads = new Set(done.filter(({ call }) => call.name !== "fdatasync").map(({ call }) => call.thread));
    expect(threads.size).toBe(1);
  });
});

function filesIn(image: DiskImage): Record<string, string> {
  const files = [...walkFiles(image, workspace)].flatMap(([file, , inode]) =>
    inode.kind === "file" ? [[path.relative(workspace, file), Buffer.from(inode.pages.bytes).toString("latin1")]] : [],
  );
  return Object.fromEntries(files);
}

function realFilesIn(directory: string, name: string): Record<string, string> {
  const entries = fs.readdirSync(path.join(directory, name), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return Object.fromEntries(files.map((file) => [path.relative(directory, file), fs.readFileSync(file, "latin1")]));
}

/** What the scenario finds, in this workspace. A name that ends with `/` is a directory. */
function filesOf(scenario: RecordedLife["scenario"]): Record<string, string> {
  const below = [...walkFiles(scenarios[scenario].image, simulatedWorkspace)].map(([file, , inode]) => {
    const place = path.join(workspace, path.relative(simulatedWorkspace, file));
    return inode.kind === "file" ? [place, Buffer.from(inode.pages.bytes).toString()] : [`${place}/`, ""];
  });
  return { [`${workspace}/`]: "", ...Object.fromEntries(below) };
}

function writeReal(file: string, content: string): void {
  if (file.endsWith("/")) fs.mkdirSync(file, { recursive: true });
  else fs.writeFileSync(file, content);
}

/** What a real process asks of its disk, and what the kernel is asked for by it and its threads. */
async function liveTraced(life: RecordedLife): Promise<{ asked: Change[]; done: Change[] }> {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "runledger-journal-"));
  const journal = path.join(scratch, "journal");
  try {
    const command = [process.execPath, program, JSON.stringify(life), journal];
    const { status, stderr, calls } = await trace(command, { cwd: scratch, everyThread: true, dataBytes: 2 ** 20 });
    expect({ status, stderr }).toEqual({ status: life.killAfter === undefined ? 0 : 137, stderr: "" });
    const lines = fs.readFileSync(journal, "utf8").trimEnd().split("\n");
    const asked = lines.map((line) =>
      JSON.parse(line, (key, value) => (key === "bytes" ? Buffer.from(value, "base64") : value)),
    );
    return { asked, done: changesBelow(workspace, calls).map(({ change }) => change) };
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

/** The same lives on a simulated disk: what is asked of it, and every image that it passes through. */
async function liveSimulated(lives: readonly RecordedLife[], found: DiskImage) {
  const [asked, images]: [Change[], DiskImage[]] = [[], []];
  for (const life of lives) {
    const machine = new SimulatedMachine(images.at(-1) ?? found, 1, (image) => images.push(image));
    await liveRecorded(life, machine, {
      disk: (process) => process.disk,
      note: (change) => asked.push(change),
      kill: (process) => process.kill(),
    });
  }
  return { asked, images };
}

/** The cache holds inodes and times of the real disk, and decides nothing. */
const isCache = (file: string) => file.includes("/.runledger/cache/");

function inWords(change: Change): string {
  const { bytes, ...rest } = { bytes: undefined, ...change };
  return `${JSON.stringify(rest)} ${isCache(change.path) ? "" : (bytes?.toString("latin1") ?? "")}`;
}

/** Each state that is legal after a power cut at this moment: how it came to that, and what it holds. */
function statesOf(image: DiskImage): string[] {
  const settled = (file: string) => isCache(file) || /\/(start\.)?lock$/.test(file);
  const states = [...powerCutStates(image, { settled })];
  return states.map((state) => `${state.name} ${contentOf(state.image, isCache)}`);
}
