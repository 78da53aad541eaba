import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { Secrets } from "../../src/agent/secrets.ts";
import { Answers } from "../../src/agent-kit/answers.ts";
import { durableMemory, forgetfulMemory, type Memory, type Remembered } from "../../src/agent-kit/memory.ts";
import { nodeSurroundings, type Surroundings } from "../../src/agent-kit/surroundings.ts";
import { Voice } from "../../src/agent-kit/voice.ts";
import type { DiskImage } from "../simulated/disk-image.ts";
import { powerCutStates } from "../simulated/power-cut.ts";
import { imageWith, SimulatedMachine } from "../simulated/simulated-world.ts";
import { command, someKey } from "./agent-process.ts";

const state = "/store/runs/run-1/agents/counter";

function remembered(more: Partial<Remembered>): Remembered {
  const event = { event: "count.completed", status: "success", payload: {}, occurred_at: "2026-11-21T07:00:00.000Z" };
  const base = { version: 1 as const, idempotency_key: someKey, parameters: "sha256:0", attempt: 1 };
  return { ...base, state: "ended", events: [event], ...more };
}
const begun = remembered({ state: "started", events: [] });
const ended = remembered({});

function memoryOn(image: DiskImage, onChange: (image: DiskImage) => void = () => {}): Memory {
  const { disk, randomness } = new SimulatedMachine(image, 1, onChange).start(7).world;
  return durableMemory(disk, randomness, state, "run-1");
}

it("what an agent was told is kept is there after a power cut, and what it was not told is whole or not there", () => {
  const images = [imageWith({ [`${state}/`]: "" })];
  const memory = memoryOn(images[0] as DiskImage, (image) => images.push(image));
  memory.keep(begun);
  const keptBegun = images.length - 1;
  memory.keep(ended);
  let states = 0;
  for (const [moment, image] of images.entries()) {
    for (const { image: left, name } of powerCutStates(image)) {
      states += 1;
      const known = memoryOn(left).recall(someKey);
      const allowed = moment < keptBegun ? [undefined, begun] : moment < images.length - 1 ? [begun, ended] : [ended];
      expect(allowed, `power cut at ${moment}, ${name}`).toContainEqual(known);
    }
  }
  expect(states).toBeGreaterThan(images.length);
});

it("a command is remembered before it is begun, and its end before it is told", async () => {
  const order: string[] = [];
  const inner = forgetfulMemory();
  const memory: Memory = {
    recall: (key) => inner.recall(key),
    keep: (each) => {
      order.push(each.state);
      inner.keep(each);
    },
  };
  const stdout = new Writable({
    write: (line, _, done) => {
      order.push(JSON.parse(String(line)).event);
      done();
    },
  });
  await answersWith({ ...nodeSurroundings, stdout }, memory, () => void order.push("done"));
  expect(order).toEqual(["started", "done", "ended", "count.completed"]);
});

it("what was done is told also if it cannot be remembered", async () => {
  const lines: string[] = [];
  const stdout = new Writable({
    write: (line, _, done) => {
      lines.push(String(line));
      done();
    },
  });
  const memory: Memory = {
    recall: () => undefined,
    keep: (each) => {
      if (each.state === "ended") throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    },
  };
  await answersWith({ ...nodeSurroundings, stdout }, memory, () => {});
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { kind: "log", level: "warn", message: "count: what it came to cannot be remembered (ENOSPC)" },
    { kind: "event", event: "count.completed" },
  ]);
});

async function answersWith(surroundings: Surroundings, memory: Memory, work: () => void): Promise<void> {
  const answers = new Answers({
    surroundings,
    voice: new Voice(surroundings, { type: "counter", id: "counter" }),
    memory,
    secrets: new Secrets({}),
    workspace: process.cwd(),
    owner: "run-1",
    handlerOf: () => () => {
      work();
      return {};
    },
    actions: ["count"],
    onActivity: () => {},
  });
  answers.take(command());
  await answers.ended();
}
