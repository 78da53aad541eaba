import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as api from "../../src/index.ts";
import { parseTask } from "../../src/task/parse.ts";
import { repository } from "../source/source-files.ts";
import { readText } from "./documents.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "runledger-docs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the examples in the documents", () => {
  it("are sound TypeScript for the public API as it is", () => {
    const tsc = path.join(repository, "node_modules/.bin/tsc");
    const { stdout, status } = spawnSync(tsc, ["-p", path.join(repository, "test/docs/fixtures")], {
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  it("name only functions that the public API has", () => {
    const sentence = /^The library also offers ([\s\S]*?), the types/m.exec(readText("README.md"))?.[1] ?? "";
    const names = sentence.match(/\w+(?=`)/g) ?? [];
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !(name in api))).toEqual([]);
  });

  it("release: builds and publishes; a second process reuses both steps", () => {
    const first = runExample("release.ts");
    expect(first).toMatchObject({ status: "completed", output: "dist/site.html", steps: ["performed", "performed"] });
    const second = runExample("release.ts", first.runId as string);
    expect(second).toEqual({ ...first, steps: ["reused", "reused"] });
    expect(textIn("published.txt")).toMatch(/^dist\/site\.html ik:[0-9a-f]{64}\n$/);
  });

  it("tool calls: one chosen key is paid once, and with another amount refused", () => {
    expect(runExample("tool-calls.ts")).toEqual({ first: { paid: 10 }, again: { paid: 10 }, other: "KEY_REUSED" });
    expect(textIn("payments.txt")).toBe("invoice-42 10\n");
  });

  it("the task file of the README: completes in an empty folder, with receipts of its four steps", async () => {
    const task = parseTask(readText("examples/release/tasks/release.yaml"), "release.yaml");
    const done = await api.run(task, { workspace: folder, store: path.join(folder, ".runledger") });
    expect(done.state.steps.map(({ step, status }) => [step, status])).toEqual([
      ["write", "completed"],
      ["check", "completed"],
      ["build", "completed"],
      ["publish", "completed"],
    ]);
    const receipts = readdirSync(path.join(folder, ".runledger/runs", done.runId, "receipts/release"));
    expect(receipts.sort()).toEqual(["step-1.json", "step-2.json", "step-3.json", "step-4.json"]);
    expect(textIn("site.html")).toBe(textIn("pages/index.html"));
  });
});

/** Runs an example in the folder, as a process of its own; what it prints. */
function runExample(name: string, ...args: string[]): Record<string, unknown> {
  const hook = path.join(repository, "test/docs/fixtures/from-source.mjs");
  const file = path.join(repository, "examples/library", name);
  const { RUNLEDGER_DIR: _, ...env } = process.env;
  const child = spawnSync(process.execPath, ["--import", hook, file, ...args], { cwd: folder, env, encoding: "utf8" });
  expect(child.stderr).toBe("");
  return JSON.parse(child.stdout);
}

function textIn(name: string): string {
  return readFileSync(path.join(folder, name), "utf8");
}
