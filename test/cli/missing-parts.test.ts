import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository } from "../source/source-files.ts";
import { oneStep, runledger, start, workspaceWith } from "./given.ts";

const dependencies = ["fs-native-extensions", "ignore", "picomatch", "yaml", "zod"];

/** The built package with its dependencies, but for the one that is `missing`: the program in it. */
function installedWithout(missing: string): string {
  const installed = realpathSync(mkdtempSync(path.join(tmpdir(), "runledger-parts-")));
  made.push(installed);
  mkdirSync(path.join(installed, "node_modules"));
  for (const part of ["dist", "package.json"]) {
    cpSync(path.join(repository, part), path.join(installed, part), { recursive: true });
  }
  for (const name of dependencies.filter((each) => each !== missing)) {
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
])("an installation without %s", (missing, commands) => {
  it("says with every command that needs it how to get it", async () => {
    const program = installedWithout(missing);
    for (const words of commands) {
      const { status, stdout, stderr } = await start([process.execPath, program, ...words], { workspace }).ended;
      expect({ words, status, stdout }).toEqual({ words, status: 78, stdout: "" });
      expect(stderr).toMatch(new RegExp(`^runledger: UNSUPPORTED: .*Cannot find package '${missing}'`));
      expect(stderr).toContain("npm install runledger");
    }
  });
});
