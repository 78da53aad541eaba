import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { straceRefusal, trace } from "./strace.ts";
import { testUnless } from "./test-unless.ts";

const test = testUnless(straceRefusal());
const program = path.join(import.meta.dirname, "steps-process.mjs");

let workspace = "";
beforeEach(() => {
  workspace = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "runledger-syncs-")));
});
afterEach(() => fs.rmSync(workspace, { recursive: true, force: true }));

describe("a function step whose caller waits for it", () => {
  test("costs the kernel one write and one fdatasync of the ledger, as strace sees it", {
    timeout: 60_000,
  }, async () => {
    const [short, long] = [await ledgerCalls(20), await ledgerCalls(70)];
    expect({ writes: long.writes - short.writes, syncs: long.syncs - short.syncs }).toEqual({ writes: 50, syncs: 50 });
  });
});

/** What a run of so many steps does with its ledger, in all threads. */
async function ledgerCalls(steps: number): Promise<{ writes: number; syncs: number }> {
  const command = [process.execPath, program, String(steps)];
  const { status, stderr, calls } = await trace(command, { cwd: workspace, everyThread: true });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const names = calls
    .filter(({ arguments: [file] }) => file?.bytes?.toString().endsWith("/ledger.ndjson"))
    .map(({ name }) => name);
  return {
    writes: names.filter((name) => name === "write").length,
    syncs: names.filter((name) => name === "fdatasync").length,
  };
}
