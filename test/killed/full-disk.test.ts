import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { describe, expect } from "vitest";
import { type Ended, program, start } from "../cli/given.ts";
import { counting } from "../faults/counts.ts";
import { expectNothingLeft, expectSound, givenWorkspaces, type Workspace } from "../run/given.ts";
import { normalForm } from "../run/normal-form.ts";
import { givenMounts, mountRefusal } from "./mounts.ts";
import { testUnless } from "./test-unless.ts";

const refusal = mountRefusal();
const test = testUnless(refusal);
const workspaces = givenWorkspaces();
const mounts = givenMounts();
const timeout = 300_000;
const counts = counting("real disks that refuse", {
  "full disks": refusal ? 0 : 6,
  "disks without inodes": refusal ? 0 : 6,
  "file size limits": 7,
});

/** Until the fault is lifted the first step leaves so much room in the store as counters/room says, in KiB. */
const leaveRoom = [
  "test -e counters/lifted || test ! -e counters/room ||",
  "head -c $(( ($(df --output=avail -k .runledger | tail -1) - $(cat counters/room)) * 1024 )) /dev/zero >.runledger/filler",
].join(" ");

const steps = [
  { id: "fill", run: leaveRoom },
  { id: "pay", effect: "once", run: "printf x >> counters/pay", probe: "test -s counters/pay" },
  { id: "large", run: "head -c 20000 /dev/zero" },
];

describe("a run whose disk refuses to be written", () => {
  test("ends with 74 wherever the disk gets full, and a resume completes it", { timeout }, async () => {
    const expected = await undisturbed();
    for (let roomKiB = 0; ; roomKiB += 6) {
      const workspace = givenWork();
      mounts.make(workspace.store, "size=16m");
      workspace.write("counters/room", String(roomKiB));
      const ended = await type(workspace, ["run", "work"]);
      if (ended.status === 0) break;
      expect(refusalOf(ended), `${roomKiB} KiB left`).toEqual({ status: 74, code: "WRITE_FAILED", typeNext: true });
      fs.rmSync(workspace.path(".runledger/filler"));
      await expectCompletes(workspace, expected);
      counts["full disks"] += 1;
    }
  });

  test("is refused with 74 where the disk is full before it starts", { timeout }, async () => {
    const workspace = givenWork();
    mounts.make(workspace.store, "size=1m");
    const ended = await type(workspace, ["run", "work"]);
    expect(refusalOf(ended)).toEqual({ status: 74, code: "DISK_FULL", typeNext: true });
    expect(workspace.runIds()).toEqual([]);
    mounts.change(workspace.store, "size=16m");
    await expectCompletes(workspace, await undisturbed());
  });

  test("ends with 73 or 74 wherever no more files can be made, and a resume completes it", { timeout }, async () => {
    const expected = await undisturbed();
    for (let inodes = 2; ; inodes += 3) {
      const workspace = givenWork();
      mounts.make(workspace.store, `size=16m,nr_inodes=${inodes}`);
      const ended = await type(workspace, ["run", "work"]);
      if (ended.status === 0) break;
      expect([73, 74], `${inodes} inodes: ${ended.stdout}`).toContain(ended.status);
      expect(refusalOf(ended)).toMatchObject({ typeNext: true });
      mounts.change(workspace.store, "nr_inodes=1000");
      await expectCompletes(workspace, expected);
      counts["disks without inodes"] += 1;
    }
  });

  test("is read and not written where the disk is read-only", { timeout }, async () => {
    const workspace = workspaces.make();
    const die = "test -e counters/lifted || kill -9 $PPID";
    workspace.task([...steps, { id: "last", run: die }]);
    mounts.make(workspace.store, "size=16m");
    await type(workspace, ["run", "work"]);
    const before = fs.readFileSync(workspace.runFile("ledger.ndjson"));
    mounts.change(workspace.store, "ro");
    for (const words of [
      ["run", "work"],
      ["run", "work", "--no-resume"],
      ["resume", "--run", workspace.runId()],
    ]) {
      const ended = await type(workspace, words);
      expect([73, 74, 77], `${words}: ${ended.stdout}`).toContain(ended.status);
      expect(refusalOf(ended)).toMatchObject({ typeNext: true });
    }
    for (const verb of ["status", "verify"]) expect((await type(workspace, [verb])).status, verb).toBe(0);
    expect(fs.readFileSync(workspace.runFile("ledger.ndjson"))).toEqual(before);
    mounts.change(workspace.store, "rw");
    workspace.write("counters/lifted", "");
    expect((await type(workspace, ["resume", "--run", workspace.runId()])).status).toBe(0);
    expect(workspace.counters()["pay"]).toBe(1);
    expectNothingLeft(workspace);
    await expectSound(workspace);
  });
});

const prlimitRefusal = spawnSync("prlimit", ["--version"]).error && "there is no prlimit";

describe("a run that may not write large files", () => {
  const test = testUnless(prlimitRefusal);
  test("ends with 73 or 74 wherever that stops it, and a resume without the limit completes it", {
    timeout,
  }, async () => {
    const expected = await undisturbed();
    for (let limitBytes = 1; ; limitBytes = Math.ceil(limitBytes * 3)) {
      const workspace = givenWork();
      const ended = await type(workspace, ["run", "work"], ["prlimit", `--fsize=${limitBytes}`]);
      if (ended.status === 0) break;
      expect([73, 74], `${limitBytes} bytes: ${ended.stdout}${ended.stderr}`).toContain(ended.status);
      expect(refusalOf(ended)).toMatchObject({ typeNext: true });
      await expectCompletes(workspace, expected);
      counts["file size limits"] += 1;
    }
  });
});

function givenWork(): Workspace {
  const workspace = workspaces.make();
  workspace.task(steps);
  return workspace;
}

/** The normal form of the run without a fault. */
async function undisturbed(): Promise<object> {
  const workspace = givenWork();
  expect((await type(workspace, ["run", "work"])).status).toBe(0);
  return normalForm(workspace);
}

/** Runs the built program. What cannot be written to the store may be kept in the workspace's own state directory. */
function type(workspace: Workspace, words: readonly string[], limit: readonly string[] = []): Promise<Ended> {
  const command = [...limit, process.execPath, program, ...words, "--json"];
  const env = { XDG_STATE_HOME: workspace.path("counters", "state") };
  return start(command, { workspace: workspace.directory, env }).ended;
}

function refusalOf({ status, stdout }: Ended): object {
  const { error } = JSON.parse(stdout) as { error: { code: string; hint?: string } };
  return { status, code: error.code, typeNext: error.hint !== undefined };
}

/** Once the fault is lifted, what a person types next completes the run as if there had been none. */
async function expectCompletes(workspace: Workspace, expected: object): Promise<void> {
  workspace.write("counters/lifted", "");
  const [runId] = workspace.bornRuns();
  const again = await type(workspace, runId === undefined ? ["run", "work"] : ["resume", "--run", runId]);
  expect({ status: again.status, said: again.status === 0 ? "" : again.stdout }).toEqual({ status: 0, said: "" });
  expect(normalForm(workspace)).toEqual(expected);
  expect(workspace.counters()["pay"]).toBe(1);
  expectNothingLeft(workspace);
  await expectSound(workspace);
}
