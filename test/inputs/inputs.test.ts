import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { givenWorkspaces, type Workspace } from "../run/given.ts";

const workspaces = givenWorkspaces();

const inputs = {
  language: { type: "string", description: "of the translation" },
  level: { type: "integer", default: 2 },
  draft: { type: "boolean", default: false },
  files: { type: "list", default: ["a", "b"] },
};

/** Writes what it was given to `said`: an argument, a variable, and a number as an argument. */
const say = {
  id: "say",
  run: ["sh", "-c", 'printf "%s|%s|%s" "$1" "$DRAFT" "$2" > said', "sh", { $input: "language" }, { $input: "level" }],
  env: { DRAFT: { $input: "draft" } },
  writes: ["said"],
};

function givenTask(steps: object[] = [say], more: object = {}): Workspace {
  const workspace = workspaces.make();
  workspace.task(steps, { inputs, ...more });
  return workspace;
}

const start = (workspace: Workspace, input?: unknown, options = {}) =>
  workspace.here({ task: "tasks/work.json", options: { ...options, input } });

describe("the inputs of a task", () => {
  it("stand in arguments and variables, whatever is in them, and are a part of the run", async () => {
    const workspace = givenTask();
    const language = "de; touch hacked $(touch hacked) 'x'";
    expect((await start(workspace, { language, draft: true })).status).toBe("completed");
    expect(workspace.read("said")).toBe(`${language}|true|2`);
    expect(fs.existsSync(workspace.path("hacked"))).toBe(false);
    const [first] = workspace.events();
    expect(first?.payload["input"]).toEqual({ language, level: 2, draft: true, files: ["a", "b"] });
    const task = JSON.parse(fs.readFileSync(workspace.runFile("task.json"), "utf8"));
    expect(task.steps[0].run.slice(-2)).toEqual([language, "2"]);
    expect(task.inputs.language).toEqual({ type: "string", description: "of the translation", default: language });
  });

  it("tell runs apart: the same ones resume a run, others start one", async () => {
    const workspace = givenTask([say, { id: "fail", needs: ["say"], run: "test -e mended" }]);
    await start(workspace, { language: "de" });
    await expect(start(workspace, { language: "de" })).rejects.toMatchObject({ code: "RUN_FAILED" });
    expect((await start(workspace, { language: "fr" })).status).toBe("failed");
    expect(workspace.runIds().length).toBe(2);
  });

  it("are those that were recorded on a resume in another process, and enter the keys", async () => {
    const workspace = givenTask([
      { id: "first", run: "true" },
      { ...say, needs: ["first"] },
    ]);
    await workspace.work({ task: "tasks/work.json", options: { input: { language: "de" } }, killAtSeq: 3 });
    workspace.task([{ id: "first", run: "true" }], {});
    expect((await workspace.resume()).status).toBe("completed");
    expect(workspace.read("said")).toBe("de|false|2");
  });

  it("make lists of items, and stand in what agents are told as what they are", async () => {
    const agent = `${import.meta.dirname}/../run/fixtures/builder.mjs`;
    const workspace = givenTask(
      [
        { id: "each", for_each: { list: { $input: "files" } }, run: 'printf x >> "counters/$RUNLEDGER_ITEM"' },
        {
          ...{ id: "build", agent: "builder", action: "implement" },
          inputs: {
            goal: { $input: "language" },
            more: [{ $input: "level" }, { $input: "draft" }, { $input: "files" }],
          },
        },
      ],
      { agents: { builder: { command: ["node", agent] } } },
    );
    await start(workspace, { language: "de", files: ["x", "y"] });
    expect(workspace.counters()).toMatchObject({ x: 1, y: 1 });
    const command = workspace.entries().find((entry) => entry.kind === "command" && entry.action === "implement");
    expect(command).toMatchObject({ inputs: { goal: "de", more: [2, false, ["x", "y"]] } });
  });

  it("name variables that are resolved when a command is sent, and are in no file of the store", async () => {
    const workspace = givenTask([
      { id: "use", run: 'printf "%s" "$PASS" | wc -c', env: { PASS: { $input: "language" } } },
    ]);
    const options = { input: { language: { $env: "SOME_VARIABLE" } } };
    const { outcome } = await workspace.work({ task: "tasks/work.json", options }, { SOME_VARIABLE: "hush-hush" });
    expect(outcome?.status).toBe("completed");
    expect(workspace.events("use").at(-1)?.payload).toMatchObject({
      result: { stdout: expect.stringMatching(/^ *9\n$/) },
    });
    const stored = workspace.files().filter((file) => file.startsWith(".runledger/"));
    expect(stored.filter((file) => workspace.read(file).includes("hush-hush"))).toEqual([]);
  });
});

describe("inputs that were given wrongly", () => {
  it.each([
    {
      why: "missing",
      input: undefined,
      message: "input language: missing: expected a text (of the translation)",
      hint: "Add --input language=…",
    },
    {
      why: "unknown",
      input: { language: "de", levle: 3 },
      message: "input levle: the task has no such input; did you mean level?",
    },
    { why: "of another type", input: { language: 7 }, message: "input language: expected a text, found 7" },
    {
      why: "no whole number",
      input: { language: "de", level: 1.5 },
      message: "input level: expected a whole number, found 1.5",
    },
    {
      why: "a list of other things",
      input: { language: "de", files: [1] },
      message: "input files: expected a list of texts, found a list",
    },
    { why: "with a NUL", input: { language: "d\0e" }, message: 'input language: expected a text, found "d\\u0000e"' },
    { why: "no object", input: ["de"], message: "the inputs of a task file are an object of values by name" },
  ])("are refused before anything is created: $why", async ({ input, message, hint }) => {
    const workspace = givenTask();
    const refusal = { code: "INPUT_INVALID", exitStatus: 2, message, ...(hint && { hint }) };
    await expect(start(workspace, input)).rejects.toMatchObject(refusal);
    expect(fs.existsSync(workspace.store)).toBe(false);
  });

  it("are refused if a variable would be an argument, which anybody could read", async () => {
    const workspace = givenTask();
    await expect(start(workspace, { language: { $env: "HOME" } })).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringContaining("use it in an `env`"),
    });
  });
});

describe("a task file whose placeholders could not be filled", () => {
  it.each([
    {
      why: "an input in a line for a shell",
      step: { run: "echo {input.language}" },
      says: /never put into a line for a shell; write env:/,
    },
    {
      why: "an item in a line for a shell",
      step: { run: "cat {item}", for_each: { list: ["a"] } },
      says: /write "\$RUNLEDGER_ITEM" in its place/,
    },
    {
      why: "an item inside of an argument",
      step: { run: ["cat", "in/{item}"], for_each: { list: ["a"] } },
      says: /an item is a whole argument/,
    },
    {
      why: "an item as the line of a shell",
      step: { run: ["bash", "-ec", { $item: true }], for_each: { list: ["a"] } },
      says: /a shell would read it as commands/,
    },
    {
      why: "an input as the line of a shell",
      step: { run: ["env", "sh", "-c", { $input: "language" }] },
      says: /a shell would read it as commands/,
    },
    { why: "an item without a list", step: { run: ["cat", { $item: true }] }, says: /there is no item here/ },
    {
      why: "an input that is not declared",
      step: { run: ["cat", { $input: "langage" }] },
      says: /has no "langage"; did you mean `language`\?/,
    },
    {
      why: "a list as an argument",
      step: { run: ["cat", { $input: "files" }] },
      says: /expected an input of type text, found one of type list/,
    },
    {
      why: "two sources of items",
      step: { run: "true", for_each: { list: [], glob: "*" } },
      says: /expected one of glob, list, file or command, found glob and list/,
    },
    {
      why: "an item that stands twice",
      step: { run: "true", for_each: { list: ["a", "a"] } },
      says: /for_each.list\[1\]: "a" stands at 0 already/,
    },
    {
      why: "one output for all items",
      step: { run: "true", for_each: { list: [] }, expected_outputs: [{ path: "out" }] },
      says: /every item would write the same file/,
    },
    {
      why: "failures without items",
      step: { run: "true", max_failures: 3 },
      says: /only a step with `for_each` has items that fail/,
    },
  ])("is refused, and says what to write: $why", async ({ step, says }) => {
    const workspace = givenTask([{ id: "x", ...step }]);
    await expect(start(workspace, { language: "de" })).rejects.toMatchObject({
      code: "TASK_INVALID",
      message: expect.stringMatching(says),
    });
  });

  it.each([
    { input: { type: "integer", default: "two" }, says: /inputs.x.default: expected a whole number, found "two"/ },
    {
      input: { type: "string", required: false },
      says: /inputs.x.required: an input that need not be given has a `default`/,
    },
    {
      input: { type: "string", required: true, default: "" },
      says: /inputs.x.required: an input with a `default` need not be given/,
    },
    { input: { type: "text" }, says: /inputs.x.type: expected one of string, integer/ },
  ])("is refused for declarations that contradict themselves", async ({ input, says }) => {
    const workspace = givenTask([{ id: "x", run: "true" }], { inputs: { x: input } });
    await expect(start(workspace)).rejects.toMatchObject({
      code: "TASK_INVALID",
      message: expect.stringMatching(says),
    });
  });
});
