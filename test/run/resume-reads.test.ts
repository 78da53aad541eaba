import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DiskFile } from "../../src/durable/disk.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { defineTask, resume, run, type StepFunction } from "../../src/index.ts";
import { systemClock } from "../../src/ports.ts";
import { systemWorld } from "../../src/run/place/world.ts";

const steps = 400;

/** So many steps, in order. */
async function square(step: StepFunction, count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    await step("square", { inputs: { number } }, () => ({ square: number * number }));
  }
}

let workspace = "";
let runId = "";
beforeEach(async () => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), "runledger-resume-"));
  const task = defineTask("squares", async ({ step }) => {
    await square(step, steps);
    throw new Error("as the test asked");
  });
  ({ runId } = await run(task, { workspace, snapshot: false }));
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(workspace, { recursive: true, force: true });
});

describe("a resume of a function", () => {
  it("parses the steps that are asked for, and of the others no more than the last one", async () => {
    const parse = vi.spyOn(JSON, "parse");
    const parsed = () => parse.mock.calls.filter(([text]) => String(text).includes('"call.completed"')).length;
    const counts: number[] = [];
    const task = defineTask("squares", async ({ step }) => {
      counts.push(parsed());
      await square(step, 7);
      counts.push(parsed());
    });
    // No time passes: run.json, which tells of every step, is not due.
    const clock = { ...systemClock, monotonicMs: () => 0, after: () => () => {} };
    await resume(task, { runId, workspace, world: { ...systemWorld, clock } });
    expect(counts).toEqual([1, 8]);
  });

  it("reads the ledger once to open it", async () => {
    const ledger = path.join(workspace, ".runledger/runs", runId, "ledger.ndjson");
    const { size } = fs.statSync(ledger);
    let readBytes = 0;
    const counting = (file: DiskFile): DiskFile =>
      new Proxy(file, {
        get: (target, name: keyof DiskFile) => {
          if (name !== "read") return typeof target[name] === "function" ? target[name].bind(target) : target[name];
          return (buffer: Uint8Array, position: number) => {
            const read = target.read(buffer, position);
            readBytes += read;
            return read;
          };
        },
      });
    const open: typeof nodeDisk.open = (file, mode) => {
      const opened = nodeDisk.open(file, mode);
      return file === ledger && mode === "update" ? counting(opened) : opened;
    };
    const world = { ...systemWorld, disk: { ...nodeDisk, open } };
    await resume(
      defineTask("squares", () => {}),
      { runId, workspace, world },
    );
    expect(readBytes).toBe(size);
  });
});
