import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
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

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function usedBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

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

  it("keeps nothing of what its steps returned", async () => {
    const large = defineTask("large", async ({ step }) => {
      for (let number = 0; number < 1000; number++) {
        await step("print", { inputs: { number } }, () => String(number).padStart(12_000, "x"));
      }
      throw new Error("as the test asked");
    });
    ({ runId } = await run(large, { workspace, snapshot: false }));
    const lengths = new Set<number>();
    let most = 0;
    const task = defineTask("large", async ({ step }) => {
      for (let number = 0; number < 1000; number++) {
        lengths.add((await step("print", { inputs: { number } }, () => "")).length);
        if (number % 333 === 0) most = Math.max(most, usedBytes());
      }
    });
    const before = usedBytes();
    await resume(task, { runId, workspace });
    expect([...lengths]).toEqual([12_000]);
    expect(most - before).toBeLessThan(4_000_000);
  });

  it("writes run.json a second later, also if nothing is appended until then, and not before", async () => {
    const file = path.join(workspace, ".runledger/runs", runId, "run.json");
    const sessions = () => (JSON.parse(fs.readFileSync(file, "utf8")) as { sessions: number }).sessions;
    const planned: { delayMs: number; action: () => void }[] = [];
    const after: typeof systemClock.after = (delayMs, action) => {
      planned.push({ delayMs, action });
      return () => {};
    };
    const seen: number[] = [];
    const task = defineTask("squares", () => {
      seen.push(sessions());
      for (const { delayMs, action } of planned) if (delayMs === 1000) action();
      seen.push(sessions());
    });
    const clock = { ...systemClock, monotonicMs: () => 0, after };
    await resume(task, { runId, workspace, world: { ...systemWorld, clock } });
    expect(seen).toEqual([1, 2]);
  });
});
