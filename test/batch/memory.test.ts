import { describe, expect, it } from "vitest";
import type { Disk } from "../../src/durable/disk.ts";
import { run } from "../../src/index.ts";
import type { EventRecord } from "../../src/ledger/entry.ts";
import type { World } from "../../src/run/place/world.ts";
import { runStateDocument } from "../../src/runstate/document.ts";
import { evolve } from "../../src/runstate/evolve.ts";
import type { RunState } from "../../src/runstate/state.ts";
import { parseTask } from "../../src/task/parse.ts";
import { commanded, entriesOf, ofRun, started, told } from "../runstate/given.ts";
import { imageWith, SimulatedMachine } from "../simulated/simulated-world.ts";

const printed = "x".repeat(10_000);

/** The end of an item that printed much; one in a thousand fails, saying much. */
function ended(ref: string, index: number): EventRecord {
  const isFailed = index % 1000 === 0;
  const payload = { ...(isFailed ? { code: "EXIT_STATUS", message: printed } : {}), result: { stdout: printed } };
  return told(ref, "exec.completed", { status: isFailed ? "failed" : "success", payload });
}

/** The state after so many items were done, one entry after the other, none of them kept. */
function stateAfter(count: number): RunState {
  const expanded = { ...ofRun("step.expanded", { count, items: { $object: {} } }), step: "each" };
  let [state, seq] = [undefined as RunState | undefined, 0];
  const see = (...records: Parameters<typeof entriesOf>[0]) => {
    for (const entry of entriesOf(records)) {
      seq += 1;
      state = evolve(state, { ...entry, seq });
    }
  };
  see(started(), expanded);
  for (let index = 0; index < count; index += 1) {
    const ref = `each[documents/${index}.md]`;
    see(commanded(ref, { action: "exec", inputs: { run: printed } }), ended(ref, index));
  }
  return state as RunState;
}

describe("the state of 100,000 items", { timeout: 120_000 }, () => {
  const state = stateAfter(100_000);

  it("remembers of each less than a thousand bytes, however much it was given and has printed", () => {
    const bytes = [...state.commands.values()].map((command) => {
      return command.ended?.status === "success" ? JSON.stringify(command).length : 0;
    });
    expect(bytes.filter((each) => each > 0).length).toBe(99_900);
    expect(Math.max(...bytes.slice(1, 100), ...bytes.slice(-99))).toBeLessThan(1000);
    expect(bytes.reduce((sum, each) => Math.max(sum, each), 0)).toBeLessThan(1000);
  });

  it("is counted as it goes, and its document stays small", () => {
    const document = runStateDocument(state, { steps: ["each"], alive: true, pid: 1 });
    expect(document.steps[0]?.batch).toMatchObject({
      total: 100_000,
      completed: 99_900,
      failed: 100,
      queued: 0,
      running: 0,
    });
    expect(document.steps[0]?.batch?.failures.length).toBe(100);
    expect(JSON.stringify(document).length).toBeLessThan(100_000);
  });
});

describe("a run of many items", { timeout: 120_000 }, () => {
  it("writes, syncs and replaces in proportion to their number", async () => {
    const [some, twice] = [await callsFor(600), await callsFor(1200)];
    expect(twice.status).toBe("completed");
    // Per item: one append of its end, and its share of the packed receipts. What is done once is a few dozen calls.
    for (const call of ["write", "datasync", "open", "rename", "list"]) {
      expect(twice.calls.get(call) ?? 0, call).toBeLessThanOrEqual(2 * (some.calls.get(call) ?? 0) + 10);
    }
    expect(twice.calls.get("open") ?? 0).toBeLessThan(200);
    expect(twice.ledgerBytes / some.ledgerBytes).toBeLessThan(2.1);
    expect(twice.ledgerBytes / 1200).toBeLessThan(1700);
  });
});

/** What a run of so many items asks of the disk. */
async function callsFor(count: number) {
  const list = Array.from({ length: count }, (_, index) => `documents/${index}.md`);
  const task = { version: 1, id: "work", steps: [{ id: "each", for_each: { list }, run: ["check", { $item: true }] }] };
  const machine = new SimulatedMachine(imageWith({ "/project/": "" }));
  const calls = new Map<string, number>();
  const programs = { check: () => ({ exitCode: 0 }) };
  const settled = await machine.start(1, { programs }).run((world) =>
    run(parseTask(JSON.stringify(task), "work.json"), {
      workspace: "/project",
      store: "/project/.runledger",
      world: counting(world, calls),
    }),
  );
  if (settled === undefined || !("value" in settled)) throw new Error(`it did not end: ${JSON.stringify(settled)}`);
  const { runId, status } = settled.value;
  const ledgerBytes = machine.outside.stat(`/project/.runledger/runs/${runId}/ledger.ndjson`)?.sizeBytes ?? 0;
  return { status, calls, ledgerBytes };
}

function counting(world: World, calls: Map<string, number>): World {
  const count = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get: (object, name) => {
        const member = Reflect.get(object, name, object) as unknown;
        if (typeof member !== "function") return member;
        return (...given: unknown[]) => {
          calls.set(String(name), (calls.get(String(name)) ?? 0) + 1);
          const result: unknown = member.apply(object, given);
          return name === "open" ? count(result as object) : result;
        };
      },
    });
  return { ...world, disk: count<Disk>(world.disk) };
}
