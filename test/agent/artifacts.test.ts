import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ArtifactOptions, type ArtifactsOutcome, hashArtifacts } from "../../src/agent/artifacts.ts";
import type { Disk } from "../../src/durable/disk.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { sha256 } from "../../src/idempotency/digest.ts";
import type { Call } from "../simulated/faults.ts";
import { volatilePaths } from "../simulated/power-cut.ts";
import { imageWith, SimulatedMachine } from "../simulated/simulated-world.ts";
import { removeDirectory, scratchDirectory } from "./scratch.ts";

let outside: string;
let workspace: string;

beforeEach(() => {
  outside = scratchDirectory();
  workspace = path.join(outside, "workspace");
  fs.mkdirSync(workspace);
  fs.writeFileSync(path.join(outside, "secret"), "secret");
});

afterEach(() => removeDirectory(outside));

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(workspace, file)), { recursive: true });
  fs.writeFileSync(path.join(workspace, file), text);
}

const artifact = (file: string, text: string) => ({ path: file, sha256: sha256(text), size: Buffer.byteLength(text) });

function hash(paths: string[], more: Partial<ArtifactOptions> = {}): ArtifactsOutcome {
  return hashArtifacts({ disk: nodeDisk, workspace, expectedOutputs: paths.map((path) => ({ path })), ...more });
}

const problems = (outcome: ArtifactsOutcome) =>
  outcome.kind === "failed" ? outcome.problems.map(({ path, code }) => `${code} ${path}`) : expect.fail();

describe("the artifacts of a step", () => {
  it("are its expected outputs and what was reported, once each, sorted by the bytes of their paths", () => {
    for (const file of ["b", "a/😀", "a/～", "a/b"]) write(file, file);
    const reported = [artifact("a/～", "a/～"), artifact("a/b", "a/b"), artifact("a/b", "a/b")];
    expect(hash(["b", "a/😀", "b", "a/b"], { reported })).toEqual({
      kind: "hashed",
      artifacts: ["a/b", "a/～", "a/😀", "b"].map((file) => artifact(file, file)),
    });
  });

  it("that are missing are named, unless they are optional", () => {
    write("there", "x");
    const expectedOutputs = [
      { path: "gone/deep", required: true },
      { path: "there", required: true },
      { path: "gone" },
      { path: "optional", required: false },
      { path: "there/below", required: false },
    ];
    expect(problems(hash([], { expectedOutputs }))).toEqual(["MISSING gone", "MISSING gone/deep"]);
    expect(hash([], { expectedOutputs: expectedOutputs.slice(3) })).toEqual({ kind: "hashed", artifacts: [] });
  });

  it("are compared with what the agent reported", () => {
    write("a", "new");
    write("b", "same size");
    const reported = [artifact("a", "old"), { ...artifact("b", "same size"), size: 5 }, artifact("c", "never written")];
    const outcome = hash([], { reported });
    expect(problems(outcome)).toEqual(["MISMATCH a", "MISMATCH b", "MISSING c"]);
    expect("problems" in outcome && outcome.problems[0]?.sentence).toMatch(
      /^a: .*sha256:[0-9a-f]{64}.*sha256:[0-9a-f]{64}$/,
    );
  });

  it.each(["/etc/passwd", "../secret", "a/../../secret", "a//b", "./a", "a/", "", "a\0b", "\ud800"])(
    "are not looked for at %j",
    (file) => {
      write("a/b", "x");
      expect(problems(hash([file]))).toEqual([`PATH_INVALID ${file}`]);
    },
  );

  it("may lie behind a symlink inside the workspace, not behind one that leads out", () => {
    write("real/file", "x");
    fs.symlinkSync("real", path.join(workspace, "inside"));
    fs.symlinkSync(outside, path.join(workspace, "out"));
    fs.symlinkSync("loop", path.join(workspace, "loop"));
    expect(hash(["inside/file"])).toMatchObject({ kind: "hashed" });
    expect(problems(hash(["out/secret", "out/gone", "loop/file"]))).toEqual([
      "MISSING loop/file",
      "OUTSIDE_WORKSPACE out/gone",
      "OUTSIDE_WORKSPACE out/secret",
    ]);
  });

  it("are regular files, no symlinks, directories or pipes, which could be read for ever", () => {
    fs.symlinkSync(path.join(outside, "secret"), path.join(workspace, "link"));
    fs.mkdirSync(path.join(workspace, "directory"));
    execFileSync("mkfifo", [path.join(workspace, "pipe")]);
    expect(problems(hash(["link", "directory", "pipe"]))).toEqual([
      "NOT_A_FILE directory",
      "NOT_A_FILE link",
      "NOT_A_FILE pipe",
    ]);
  });

  it("have at most 1 GiB", () => {
    write("large", "");
    fs.truncateSync(path.join(workspace, "large"), 1_073_741_825);
    expect(problems(hash(["large"]))).toEqual(["TOO_LARGE large"]);
  });

  it("are found in a workspace that is itself reached through a symlink", () => {
    write("a", "x");
    fs.symlinkSync(workspace, path.join(outside, "alias"));
    expect(hash(["a"], { workspace: path.join(outside, "alias") })).toMatchObject({ artifacts: [artifact("a", "x")] });
  });
});

describe("the durability of artifacts", () => {
  it("holds for each file, then for its directories from the deepest to the workspace", () => {
    write("a/b/file", "x");
    write("c", "y");
    const calls: string[] = [];
    hash(["a/b/file", "c"], { disk: watched((call) => calls.push(call)) });
    expect(calls).toEqual(["sync a/b/file", "sync c", "directory a/b", "directory a", "directory ."]);
  });

  it("is an error where the disk cannot give it", () => {
    write("a", "x");
    const disk = watched(() => {
      throw Object.assign(new Error("input/output error"), { code: "EIO" });
    });
    expect(() => hash(["a"], { disk })).toThrow(expect.objectContaining({ code: "WRITE_FAILED" }));
  });

  it("is there after the next sync, where one has failed and nobody writes the file anew", () => {
    const machine = new SimulatedMachine(imageWith({ "/project/": "" }));
    const made = machine.outside.open("/project/a", "create");
    made.write(Buffer.from("made once, and left as it is from then on"), 0);
    made.close();
    const before = ({ name }: Call) => (name === "file.sync" ? { errno: "EIO", effect: "lost" as const } : undefined);
    const options = { workspace: "/project", disk: machine.start(1, { before }).disk };
    expect(() => hash(["a"], options)).toThrow(expect.objectContaining({ code: "WRITE_FAILED" }));
    expect(hash(["a"], { ...options, disk: machine.start(2).disk })).toMatchObject({ kind: "hashed" });
    expect(volatilePaths(machine.image, "/project")).toEqual([]);
  });

  it("is had anew by removing a file that cannot be written again after a failed sync", () => {
    write("a", "x");
    const disk = watched(
      () => {
        throw Object.assign(new Error("input/output error"), { code: "EIO" });
      },
      () => {
        throw Object.assign(new Error("permission denied"), { code: "EACCES" });
      },
    );
    const refusal = { code: "WRITE_FAILED", hint: expect.stringContaining(`remove ${path.join(workspace, "a")}`) };
    expect(() => hash(["a"], { disk })).toThrow(expect.objectContaining(refusal));
  });

  it("is not claimed for a file that changes meanwhile", () => {
    write("a", "x");
    const disk = watched((call) => call === "sync a" && fs.appendFileSync(path.join(workspace, "a"), "y"));
    expect(problems(hash(["a"], { disk }))).toEqual(["UNSTABLE a"]);
  });
});

/** The real disk; `onSync` is told of every sync before it, `onUpdate` of every opening for writing. */
function watched(onSync: (call: string) => void, onUpdate = () => {}): Disk {
  const relative = (file: string) => path.relative(workspace, file) || ".";
  return {
    ...nodeDisk,
    open: (file, mode) => {
      if (mode === "update") onUpdate();
      const opened = nodeDisk.open(file, mode);
      const sync = opened.sync.bind(opened);
      opened.sync = () => {
        onSync(`sync ${relative(file)}`);
        sync();
      };
      return opened;
    },
    syncDirectory: (directory) => {
      onSync(`directory ${relative(directory)}`);
      nodeDisk.syncDirectory(directory);
    },
  };
}
