import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { runledger, workspaceWith } from "../cli/given.ts";

const task = `
snapshot: { include: [tasks] }
inputs:
  language: { type: string }
  level: { type: integer, default: 2 }
  ratio: { type: number, default: 0.5 }
  draft: { type: boolean, default: false }
  files: { type: list, default: [] }
steps:
  - id: say
    run: [sh, -c, 'printf "%s %s %s %s" "$1" "$2" "$3" "$4" > said', sh, { $input: language }, { $input: level }, { $input: ratio }, { $input: draft }]
  - id: each
    for_each: { list: { $input: files } }
    run: 'echo "$RUNLEDGER_ITEM" >> items'
`;

const run = (workspace: string, ...words: string[]) => runledger(["run", "--task", "say", ...words], { workspace });
const textOf = (workspace: string, name: string) => readFileSync(path.join(workspace, name), "utf8");

describe("run --input and --input-file", () => {
  it("take values by the types of the task; a list gets one text from each", async () => {
    const workspace = workspaceWith({ say: task });
    const words = ["language=a=b c", "level=007", "ratio=-1.5e3", "draft=true", "files=x", "files=y z"];
    const { status, stdout } = await run(workspace, ...words.flatMap((word) => ["--input", word]));
    expect([status, stdout]).toEqual([0, expect.stringContaining("completed")]);
    expect(textOf(workspace, "said")).toBe("a=b c 7 -1500 true");
    expect(textOf(workspace, "items")).toBe("x\ny z\n");
  });

  it("read YAML and JSON files in their order, and the words last", async () => {
    const workspace = workspaceWith({ say: task });
    writeFileSync(path.join(workspace, "one.yaml"), "language: de\nlevel: 1\nfiles: [x]\n");
    writeFileSync(path.join(workspace, "two.json"), '{"level": 5, "draft": true}');
    const { status } = await run(
      workspace,
      "--input-file",
      "one.yaml",
      "--input-file",
      "two.json",
      "--input",
      "ratio=3",
    );
    expect(status).toBe(0);
    expect(textOf(workspace, "said")).toBe("de 5 3 true");
  });

  it.each([
    { words: [], says: "input language: missing", hint: "Add --input language=…" },
    { words: ["--input", "langauge=de"], says: "say has no input langauge; did you mean language?" },
    { words: ["--input", "language"], says: 'an input is NAME=VALUE, not "language"' },
    { words: ["--input", "level=two"], says: 'input level is a whole number, not "two"' },
    { words: ["--input", "draft=yes"], says: 'input draft is true or false, not "yes"' },
    { words: ["--input", "level=1", "--input", "level=2"], says: "input level is given twice" },
    { words: ["--input-file", "list.yaml"], says: "list.yaml: expected an object of values by name" },
    { words: ["--input-file", "broken.json"], says: "broken.json:1: no JSON" },
  ])("refuse with status 2 and say what to type: $says", async ({ words, says, hint }) => {
    const workspace = workspaceWith({ say: task });
    writeFileSync(path.join(workspace, "list.yaml"), "- de\n");
    writeFileSync(path.join(workspace, "broken.json"), "{");
    const { status, stderr } = await run(workspace, ...words);
    expect([status, stderr]).toEqual([2, expect.stringContaining(`INPUT_INVALID: ${says}`)]);
    if (hint !== undefined) expect(stderr).toContain(hint);
  });

  it("say that a file is not there", async () => {
    const workspace = workspaceWith({ say: task });
    const { status, stderr } = await run(workspace, "--input-file", "gone.yaml");
    expect([status, stderr]).toEqual([66, expect.stringContaining("FILE_NOT_FOUND: no such file: gone.yaml")]);
  });

  // Reading the memory at address 0 is EIO.
  it.runIf(process.platform === "linux")("say that a file cannot be read, whatever the system calls it", async () => {
    const workspace = workspaceWith({ say: task });
    const { status, stderr } = await run(workspace, "--input-file", "/proc/self/mem");
    expect([status, stderr]).toEqual([
      74,
      expect.stringMatching(/^runledger: READ_FAILED: the inputs of \/proc\/self\/mem cannot be read: EIO/),
    ]);
  });
});

describe("what takes inputs", () => {
  it("is told by validate", async () => {
    const workspace = workspaceWith({ say: task });
    const { stdout } = await runledger(["validate", "say"], { workspace });
    expect(stdout).toContain(
      "language (string, required), level (integer), ratio (number), draft (boolean), files (list)",
    );
  });

  it("is asked for --only only where there are items", async () => {
    const workspace = workspaceWith({ plain: "\nsteps:\n  - { id: one, run: 'true' }\n" });
    const { status, stderr } = await runledger(["run", "--task", "plain", "--only", "x"], { workspace });
    expect([status, stderr]).toEqual([2, expect.stringContaining("no step of plain has items")]);
  });
});
