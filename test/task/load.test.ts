import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { loadTask } from "../../src/task/load.ts";
import { parseTask } from "../../src/task/parse.ts";
import { refusalOf, withStep } from "./given.ts";

let workspace: string;
const task = withStep("run: make");

beforeEach(() => {
  workspace = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "task-")));
  fs.mkdirSync(path.join(workspace, "tasks"));
});
afterEach(() => fs.rmSync(workspace, { recursive: true }));

const write = (name: string, content: string | Uint8Array) => fs.writeFileSync(path.join(workspace, name), content);
const load = (reference: string, cwd = workspace) =>
  loadTask({ disk: nodeDisk, workspace, cwd, reference }, parseTask, ({ id }) => id);
const refusal = (reference: string, cwd = workspace) => {
  const { code, message, hint } = refusalOf(() => load(reference, cwd));
  return [code, message.replaceAll(workspace, "WORKSPACE"), hint?.replaceAll(workspace, "WORKSPACE")];
};

describe("a task is found", () => {
  it.each(["yaml", "yml"])("by its id in the folder tasks of the workspace, with the ending .%s", (ending) => {
    write(`tasks/T-1.${ending}`, task);
    expect(load("T-1", os.tmpdir())).toMatchObject({
      task: { id: "T-1" },
      file: path.join(workspace, `tasks/T-1.${ending}`),
    });
  });

  it("by its id as JSON", () => {
    write("tasks/T-1.json", '{"version":1,"id":"T-1","steps":[{"id":"one","run":"make"}]}');
    expect(load("T-1").task.steps).toHaveLength(1);
  });

  it.each(["release.yaml", "./release.yaml", "WORKSPACE/release.yaml", "../release.yaml"])(
    "by the path %s from the current directory",
    (reference) => {
      write("release.yaml", task);
      const cwd = reference.startsWith("..") ? path.join(workspace, "tasks") : workspace;
      expect(load(reference.replace("WORKSPACE", workspace), cwd).file).toBe(path.join(workspace, "release.yaml"));
    },
  );

  it("by a path whose file has no ending, or is a symlink", () => {
    write("plan", task);
    fs.symlinkSync("../plan", path.join(workspace, "tasks/link.yaml"));
    expect(load("./plan").task.id).toBe("T-1");
    expect(load("tasks/link.yaml").task.id).toBe("T-1");
  });

  it("whether or not its text begins with a byte order mark", () => {
    write("tasks/T-1.yaml", `\uFEFF${task}`);
    write("x.json", `\uFEFF{"version":1,"id":"T-1","steps":[{"id":"one","run":"make"}]}`);
    expect(load("T-1").task).toEqual(load("x.json").task);
  });
});

describe("a task is not found", () => {
  it("under an id without a file; where was looked is said, and the id that is close", () => {
    write("tasks/T-0042.yaml", task);
    write("tasks/release.json", task);
    write("tasks/notes.md", task);
    expect(refusal("T-42")).toMatchInlineSnapshot(`
      [
        "TASK_NOT_FOUND",
        "no task T-42: in WORKSPACE/tasks there is no T-42.yaml, T-42.yml, T-42.json",
        "Did you mean T-0042? Then: --task T-0042",
      ]
    `);
    expect(refusal("relaese")).toMatchInlineSnapshot(`
      [
        "TASK_NOT_FOUND",
        "no task relaese: in WORKSPACE/tasks there is no relaese.yaml, relaese.yml, relaese.json",
        "Did you mean release? Then: --task release",
      ]
    `);
    expect(refusal("notes")).toMatchInlineSnapshot(`
      [
        "TASK_NOT_FOUND",
        "no task notes: in WORKSPACE/tasks there is no notes.yaml, notes.yml, notes.json",
        "Give the path of a task file, or the id of one in the folder tasks of the workspace (--workspace DIR).",
      ]
    `);
  });

  it("in a workspace without tasks", () => {
    fs.rmdirSync(path.join(workspace, "tasks"));
    expect(refusal("T-1")).toMatchInlineSnapshot(`
      [
        "TASK_NOT_FOUND",
        "no task T-1: in WORKSPACE/tasks there is no T-1.yaml, T-1.yml, T-1.json",
        "Give the path of a task file, or the id of one in the folder tasks of the workspace (--workspace DIR).",
      ]
    `);
  });

  it("under a path without a file, or a symlink to nothing", () => {
    write("tasks/release.yaml", task);
    fs.symlinkSync("nowhere", path.join(workspace, "dangling.yaml"));
    expect(refusal("release.yaml")).toMatchInlineSnapshot(`
      [
        "TASK_NOT_FOUND",
        "no such task file: WORKSPACE/release.yaml",
        "Did you mean release? Then: --task release",
      ]
    `);
    expect(refusal("other/plan")).toMatchInlineSnapshot(`
      [
        "TASK_NOT_FOUND",
        "no such task file: WORKSPACE/other/plan",
        "Give the path of a task file, or the id of one in the folder tasks of the workspace (--workspace DIR).",
      ]
    `);
    expect(refusal("dangling.yaml")).toMatchInlineSnapshot(`
      [
        "TASK_NOT_FOUND",
        "WORKSPACE/dangling.yaml: the task file cannot be read (ENOENT)",
        "See what is there: ls -lL WORKSPACE/dangling.yaml",
      ]
    `);
  });

  it("under what is no id", () => {
    expect(refusal("a b")[0]).toBe("ID_INVALID");
    expect(refusal("")[0]).toBe("ID_INVALID");
    expect(refusal("..")[0]).toBe("ID_INVALID");
  });

  it("where the system does not let anybody look", () => {
    const { code, exitStatus, details } = refusalOf(() => load(`./${"x".repeat(5000)}`));
    expect([code, exitStatus, details.errno]).toEqual(["READ_FAILED", 74, "ENAMETOOLONG"]);
  });
});

describe("a task file is refused", () => {
  it("if another one has the same id", () => {
    for (const ending of ["yaml", "yml", "json"]) write(`tasks/T-1.${ending}`, task);
    expect(refusal("T-1")).toMatchInlineSnapshot(`
      [
        "TASK_INVALID",
        "tasks/T-1.yaml: the id T-1 stands for T-1.yml and T-1.json as well; keep one file",
        "Correct the file, then check it: runledger validate --task tasks/T-1.yaml",
      ]
    `);
  });

  it("if its own id is another one than it was looked up by", () => {
    write("tasks/T-2.yaml", task);
    expect(refusal("T-2")).toMatchInlineSnapshot(`
      [
        "TASK_INVALID",
        "tasks/T-2.yaml: id: expected T-2, by which the file was looked up, found T-1",
        "Correct the file, then check it: runledger validate --task tasks/T-2.yaml",
      ]
    `);
    expect(load("tasks/T-2.yaml").task.id).toBe("T-1");
  });

  it("if it is no text", () => {
    write("utf16.yaml", Buffer.from(`\uFEFF${task}`, "utf16le"));
    write("nul.yaml", `${task}\0`);
    expect(refusal("utf16.yaml")).toMatchInlineSnapshot(`
      [
        "TASK_INVALID",
        "utf16.yaml: the file is not UTF-8 text",
        "Correct the file, then check it: runledger validate --task utf16.yaml",
      ]
    `);
    expect(refusal("nul.yaml")[1]).toBe("nul.yaml: the file is not UTF-8 text");
  });

  it("if it is larger than a MiB, and read if it is exactly that", () => {
    const largest = `${task}\n#`.padEnd(1024 * 1024, "x");
    write("tasks/T-1.yaml", largest);
    expect(load("T-1").task.id).toBe("T-1");
    write("tasks/T-1.yaml", `${largest}x`);
    expect(refusal("T-1")).toMatchInlineSnapshot(`
      [
        "TASK_INVALID",
        "tasks/T-1.yaml: the file has 1048577 bytes; a task file has at most 1048576",
        "Correct the file, then check it: runledger validate --task tasks/T-1.yaml",
      ]
    `);
  });

  it("if it is a directory, or a pipe, which would be waited for", () => {
    execFileSync("mkfifo", [path.join(workspace, "pipe.yaml")]);
    expect(refusal("tasks/")).toMatchInlineSnapshot(`
      [
        "TASK_INVALID",
        "tasks: expected a file, found a directory",
        "Correct the file, then check it: runledger validate --task tasks",
      ]
    `);
    expect(refusal("./")).toMatchInlineSnapshot(`
      [
        "TASK_INVALID",
        "WORKSPACE: expected a file, found a directory",
        "Correct the file, then check it: runledger validate --task WORKSPACE",
      ]
    `);
    expect(refusal("pipe.yaml")).toMatchInlineSnapshot(`
      [
        "TASK_INVALID",
        "pipe.yaml: expected a file, found a pipe or device",
        "Correct the file, then check it: runledger validate --task pipe.yaml",
      ]
    `);
  });
});
