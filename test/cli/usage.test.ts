import { describe, expect, it } from "vitest";
import { runledger, workspaceWith } from "./given.ts";

const commands = "run resume abort status logs show verify replay key snapshot validate".split(" ");

describe("the help", () => {
  it("is what the program says when it is asked nothing", async () => {
    const plain = await runledger([]);
    expect(plain.status).toBe(0);
    for (const command of commands) expect(plain.stdout).toMatch(new RegExp(`^ {2}${command} `, "m"));
    for (const words of [["--help"], ["-h"], ["help"]]) expect(await runledger(words)).toEqual(plain);
  });

  it.each(commands)("of %s names its options and gives examples that use no others", async (command) => {
    const help = await runledger(["help", command]);
    expect(help.status).toBe(0);
    expect(await runledger([command, "--help"])).toEqual(help);
    const [head = "", examples = ""] = help.stdout.split("Examples:\n");
    expect(head).toContain(`runledger ${command}`);
    expect(examples.trim()).not.toBe("");
    for (const [option] of examples.matchAll(/--[a-z-]+/g)) expect(head).toContain(`  ${option}`);
  });

  it("says the version and nothing else", async () => {
    const { version } = await import("../../src/version.ts");
    expect(await runledger(["--version"])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("is one document with --json, as is the version", async () => {
    for (const words of [[], ["run"]]) {
      const help = (await runledger(["help", ...words])).stdout.trimEnd();
      const { status, stdout, stderr } = await runledger(["help", ...words, "--json"]);
      expect({ status, document: JSON.parse(stdout), stderr }).toEqual({
        status: 0,
        document: { version: 1, help },
        stderr: "",
      });
      expect((await runledger([...words, "--help", "--json"])).stdout).toBe(stdout);
    }
    const { version } = await import("../../src/version.ts");
    expect(JSON.parse((await runledger(["--version", "--json"])).stdout)).toEqual({ version: 1, runledger: version });
  });
});

describe("a command line that is none", () => {
  it.each([
    [["rnu"], 'there is no command "rnu"', "Did you mean run?"],
    [["--version", "status"], "--version takes nothing but --json", "runledger help"],
    [["constructor"], 'there is no command "constructor"', "runledger help"],
    [["run", "--tsk", "x"], "run has no option --tsk", "Did you mean --task?"],
    [["run", "-t", "x"], "run has no option -t", "runledger help run"],
    [["run"], "run needs --task TASK", "runledger help run"],
    [["run", "--task"], "--task needs a value", "runledger help run"],
    [["run", "--task", "--json"], "--task needs a value", "runledger help run"],
    [["status", "--store="], "--store needs a value", "runledger help status"],
    [["status", "--store", ""], "--store needs a value", "runledger help status"],
    [["run", "a", "--task", "b"], "--task is given twice", "runledger help run"],
    [["run", "a", "b"], "but was also given b", "runledger help run"],
    [["key", "a"], "key takes no word", "runledger help key"],
    [["status", "--json=yes"], "--json is a switch", "runledger help status"],
    [
      ["resume", "--run", "r", "--on-drift", "wran"],
      '--on-drift is one of fail, warn, ignore, not "wran"',
      "mean warn?",
    ],
    [["resume", "--run", "r", "--in-doubt", "build"], '--in-doubt is STEP=CHOICE, not "build"', "runledger help"],
    [["resume", "--run", "r", "--in-doubt", "build=dun"], "--in-doubt is one of done, retry, skip, fail", "mean done?"],
    [["resume", "--run", "r", "--result", "1"], "--result is STEP=JSON unless exactly one", "runledger help resume"],
    [["resume", "--run", "r", "--result", "b=1"], "add --in-doubt b=done", "runledger help resume"],
    [["resume", "--run", "r", "--in-doubt", "b=done", "--result", "{"], "--result is not JSON", "runledger help"],
    [["resume", "--run", "r", "--in-doubt", "b=done", "--result", '{"a":1,"a":2}'], "--result is not JSON", "help"],
    [
      ["key", "--action", "a", "--task", "t", "--snapshot", "s", "--inputs", '{"n":9007199254740993}'],
      "--inputs is not JSON that every reader reads alike",
      "runledger help key",
    ],
    [
      ["key", "--action", "a", "--task", "t", "--snapshot", "s", "--outputs", '[{"path":"a","path":"b"}]'],
      "--outputs is not JSON that every reader reads alike",
      "runledger help key",
    ],
    [
      ["key", "--action", "a", "--task", "t", "--snapshot", "s", "--inputs", "[]"],
      "the inputs are a list",
      "JSON object",
    ],
  ])("%j is refused: %s", async (words, sentence, hint) => {
    const { status, stdout, stderr } = await runledger(words);
    expect(stderr).toMatch(/^runledger: USAGE: /);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain(hint);
    expect(status).toBe(2);
    if (!words.includes("--json")) expect(stdout).toBe("");
    else expect(JSON.parse(stdout).error).toMatchObject({ code: "USAGE", exit_status: 2 });
  });

  it.each(["-1", "0", "1001", "1.5", "abc", "", "1e3", "٣"])(
    "--concurrency %j is refused with what is accepted",
    async (value) => {
      const workspace = workspaceWith({ demo: "steps: [{ id: a, run: 'true' }]\n" });
      const { status, stderr } = await runledger(["run", "demo", "--concurrency", value], { workspace });
      expect(stderr).toContain(`--concurrency is a whole number from 1 to 1000, not ${JSON.stringify(value)}`);
      expect(status).toBe(2);
    },
  );
});
