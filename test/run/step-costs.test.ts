import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineTask, loadTask, readLedger, run, systemWorld, type World } from "../../src/index.ts";
import { watchedDisk } from "../ledger/watched-disk.ts";
import { repository } from "../source/source-files.ts";

// What one more step costs, counted and not timed. A result has 200 bytes of JSON.
const result = { text: "x".repeat(189) };
const [few, more] = [10, 30];

let directory = "";
beforeEach(() => {
  directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "runledger-costs-")));
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

interface Costs {
  readonly bytes: number;
  readonly entries: number;
  /** Calls that write the ledger, and that make it durable. */
  readonly writes: number;
  readonly syncs: number;
}

/** A run whose steps depend on each other, each with the one before. */
type Work = (steps: number, options: { workspace: string; world: World }) => Promise<{ runId: string }>;

describe("a function step whose caller waits for it", () => {
  it("is one entry of at most 900 bytes, one write and one fdatasync", async () => {
    const { bytes, ...counts } = await costOfOneMore(functions);
    expect(counts).toEqual({ entries: 1, writes: 1, syncs: 1 });
    expect(bytes).toBeLessThanOrEqual(900);
  });
});

describe("a step of a plain command", () => {
  it("is two entries, the command and its end, of at most 1,700 bytes together", async () => {
    const { bytes, entries } = await costOfOneMore(plainCommands);
    expect(entries).toBe(2);
    expect(bytes).toBeLessThanOrEqual(1700);
  });
});

describe("a step of an agent", () => {
  it("is three entries, the command, that the agent is busy, and its answer, of at most 1,700 bytes together", async () => {
    const { bytes, entries } = await costOfOneMore(agents);
    expect(entries).toBe(3);
    expect(bytes).toBeLessThanOrEqual(1700);
  });
});

const functions: Work = (steps, options) => {
  const task = defineTask("costs", async ({ step }) => {
    for (let n = 0; n < steps; n++) await step("work", { inputs: { n } }, () => result);
  });
  return run(task, { ...options, snapshot: false });
};

const plainCommands: Work = async (steps, options) =>
  run(await chained(steps, { run: ["printf", "%0200d", "0"] }), options);

const agents: Work = async (steps, options) => {
  const agent = path.join(repository, "bench/agents/kit-agent.ts");
  const worker = { command: [process.execPath, agent] };
  return run(await chained(steps, { agent: "worker", action: "work" }, { worker }), options);
};

async function chained(steps: number, work: object, declared: object = {}) {
  const list = Array.from({ length: steps }, (_, n) => {
    return { id: `s${n + 100}`, effect: "idempotent", needs: n === 0 ? [] : [`s${n + 99}`], ...work };
  });
  const file = path.join(directory, `costs-${steps}.json`);
  fs.writeFileSync(file, JSON.stringify({ version: 1, id: "costs", agents: declared, steps: list }));
  return loadTask(file, { workspace: directory });
}

async function costOfOneMore(work: Work): Promise<Costs> {
  const [short, long] = [await costsOf(work, few), await costsOf(work, more)];
  const each = (count: keyof Costs) => (long[count] - short[count]) / (more - few);
  return { bytes: each("bytes"), entries: each("entries"), writes: each("writes"), syncs: each("syncs") };
}

async function costsOf(work: Work, steps: number): Promise<Costs> {
  const calls: string[] = [];
  const disk = watchedDisk({
    before: ({ name, path: file }) => {
      if (file.endsWith("ledger.ndjson")) calls.push(name);
      return undefined;
    },
    beforeBackgroundSync: () => Promise.resolve(),
  });
  const { runId } = await work(steps, { workspace: directory, world: { ...systemWorld, disk } });
  const ledger = path.join(directory, ".runledger/runs", runId, "ledger.ndjson");
  return {
    bytes: fs.statSync(ledger).size,
    entries: [...readLedger({ runId, workspace: directory })].length,
    writes: calls.filter((name) => name === "file.write").length,
    syncs: calls.filter((name) => name === "file.datasync").length,
  };
}
