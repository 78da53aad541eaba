import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository } from "../source/source-files.ts";
import { oneStep, runledger, start, workspaceWith } from "./given.ts";

const { dependencies } = JSON.parse(readFileSync(path.join(repository, "package.json"), "utf8"));

/** The built package with its dependencies, but for the one that is `missing`: the program in it. */
function installedWithout(missing: string): string {
  const installed = realpathSync(mkdtempSync(path.join(tmpdir(), "runledger-parts-")));
  made.push(installed);
  mkdirSync(path.join(installed, "node_modules"));
  for (const part of ["dist", "package.json"]) {
    cpSync(path.join(repository, part), path.join(installed, part), { recursive: true });
  }
  for (const name of Object.keys(dependencies).filter((each) => each !== missing)) {
    symlinkSync(path.join(repository, "node_modules", name), path.join(installed, "node_modules", name));
  }
  return path.join(installed, "dist/main.js");
}

const made: string[] = [];
afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

let workspace: string;
beforeAll(async () => {
  workspace = workspaceWith({ one: oneStep });
  await runledger(["run", "one"], { workspace });
});

describe.each([
  ["zod", [["run", "one", "--no-resume"], ["validate", "one"], ["verify"], ["doctor"]]],
  ["yaml", [["run", "one", "--no-resume"], ["validate", "one"], ["verify"], ["doctor"]]],
  ["ignore", [["run", "one", "--no-resume"], ["snapshot"]]],
  ["picomatch", [["run", "one", "--no-resume"], ["snapshot"]]],
])("an installation without %s", (missing, commands) => {
  it(`says how to get it: ${commands.map(([verb]) => verb).join(", ")}`, async () => {
    const program = installedWithout(missing);
    for (const words of commands) {
      const { status, stdout, stderr } = await start([process.execPath, program, ...words], { workspace }).ended;
      expect({ words, status, stdout }).toEqual({ words, status: 78, stdout: "" });
      expect(stderr).toMatch(new RegExp(`^runledger: UNSUPPORTED: .*Cannot find package '${missing}'`));
      expect(stderr).toContain("npm install runledger");
    }
  });
});

describe("a package of which a file cannot be read", () => {
  it.each([
    ["EACCES", 77, "PERMISSION"],
    ["EIO", 74, "READ_FAILED"],
  ])("says so, and nothing of the store: %s", async (errno, status, code) => {
    const env = { NODE_OPTIONS: `--import=${unreadable("/node_modules/yaml/", errno)}` };
    for (const words of [["run", "one", "--no-resume"], ["validate", "one"], ["verify"], ["doctor"]]) {
      const ended = await runledger(words, { workspace, env });
      expect({ words, ...ended }).toMatchObject({ words, status, stdout: "" });
      expect(ended.stderr).toMatch(new RegExp(`^runledger: ${code}: a part of runledger cannot be loaded: ${errno}`));
      expect(ended.stderr).toContain("Make the files of the package readable, or install it again");
      expect(ended.stderr).not.toMatch(/--store|acknowledged/);
    }
  });
});

/** A module after which Node fails with `errno` to read the modules that have `part` in their path. */
function unreadable(part: string, errno: string): string {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), "runledger-parts-")));
  made.push(directory);
  const file = path.join(directory, "unreadable.mjs");
  const failure = `Object.assign(new Error(${JSON.stringify(`${errno}: as the test asked`)}), { code: "${errno}" })`;
  writeFileSync(
    file,
    `import { registerHooks } from "node:module";
    registerHooks({
      load(url, context, next) {
        if (url.includes("${part}")) throw ${failure};
        return next(url, context);
      },
    });`,
  );
  return file;
}
