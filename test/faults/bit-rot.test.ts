import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { storeLayout } from "../../src/durable/layout.ts";
import { RunledgerError } from "../../src/errors.ts";
import { checkRun } from "../../src/run/verify/check-run.ts";
import { loadManifest } from "../../src/snapshot/manifest-store.ts";
import { SimulatedMachine } from "../simulated/simulated-world.ts";
import { counting, nightly } from "./counts.ts";
import { fileBytes, withFile } from "./damaged-ledger.ts";
import { judge, normalForm } from "./run-judgement.ts";
import { type Life, live, nothingPromised, startAgain, summary } from "./run-life.ts";
import { functionRun, graphRun, type Scenario, store, workspace } from "./run-scenarios.ts";

const counts = counting("bit rot beside the ledger", { "damaged files": 14_000, "found by verify": 5_000 });
const timeoutMs = 300_000 * nightly;
const everyBit = [0, 1, 2, 3, 4, 5, 6, 7];

interface Given {
  readonly scenario: Scenario;
  readonly life: Life;
  readonly expected: string;
  readonly runId: string;
}

const given: Record<"graph" | "function", Given> = {} as never;
beforeAll(async () => {
  given.graph = await finished(graphRun);
  given.function = await finished(functionRun);
});

async function finished(scenario: Scenario): Promise<Given> {
  const life = await live(scenario, scenario.image, nothingPromised, { boot: 1, process: 1, type: startAgain });
  if (life.settled?.kind !== "done") throw new Error(summary(life.settled));
  return { scenario, life, expected: JSON.stringify(normalForm(scenario, life)), runId: life.settled.value.runId };
}

/** The file with one bit of each byte flipped, another bit each time, by night every bit; and cut at each length. */
function* damages(bytes: Uint8Array): Generator<{ name: string; bytes: Uint8Array }> {
  for (let position = 0; position < bytes.length; position++) {
    for (const bit of nightly > 1 ? everyBit : [position % 8]) {
      const flipped = Uint8Array.from(bytes);
      flipped[position] = (flipped[position] ?? 0) ^ (1 << bit);
      yield { name: `bit ${bit} of byte ${position}`, bytes: flipped };
    }
    yield { name: `cut to ${position} bytes`, bytes: bytes.subarray(0, position) };
  }
}

const files = (runId: string, taskId: string) => {
  const layout = storeLayout(store);
  const run = layout.run(runId);
  return { runState: run.runState, task: run.task, receipt: run.receipt(taskId, 1), calls: run.callReceipts(taskId) };
};

const named = { receipt: "a receipt", calls: "packed receipts", task: "task.json" };

describe("a damaged byte", () => {
  it("of run.json decides nothing: a resume ends as before", { timeout: timeoutMs }, async () => {
    const { scenario, life, runId, expected } = given.function;
    const { runState } = files(runId, "three");
    const problems: string[] = [];
    for (const { name, bytes } of damages(fileBytes(life.image, runState))) {
      counts["damaged files"] += 1;
      const damaged = withFile(life.image, runState, bytes);
      const next = await live(scenario, damaged, life.promised, { boot: 1, process: 2 });
      problems.push(...[...judge(scenario, expected, damaged, life.promised, next)].map((each) => `${name}: ${each}`));
    }
    expect(problems.slice(0, 40)).toEqual([]);
  });

  it("of packed receipts is mended from the ledger by a resume, to the byte", { timeout: timeoutMs }, async () => {
    const { scenario, life, runId, expected } = given.function;
    const { calls } = files(runId, "three");
    const sound = fileBytes(life.image, calls);
    const problems: string[] = [];
    for (const { name, bytes } of damages(sound)) {
      counts["damaged files"] += 1;
      const damaged = withFile(life.image, calls, bytes);
      const next = await live(scenario, damaged, life.promised, { boot: 1, process: 2 });
      if (Buffer.compare(fileBytes(next.image, calls), sound) !== 0) problems.push(`${name}: not mended`);
      problems.push(...[...judge(scenario, expected, damaged, life.promised, next)].map((each) => `${name}: ${each}`));
    }
    expect(problems.slice(0, 40)).toEqual([]);
  });

  for (const file of ["receipt", "calls", "task"] as const) {
    it(`of ${named[file]} is found by verify, and named`, { timeout: timeoutMs }, () => {
      const { life, runId } = file === "calls" ? given.function : given.graph;
      const damaged = files(runId, file === "calls" ? "three" : "graph")[file];
      const sound = fileBytes(life.image, damaged);
      const problems: string[] = [];
      for (const { name, bytes } of damages(sound)) {
        counts["damaged files"] += 1;
        const { world } = new SimulatedMachine(withFile(life.image, damaged, bytes)).start(2);
        const { faults, notes } = checkRun({ world, workspace, store, runId });
        const isNamed = [...faults.map((fault) => JSON.stringify(fault)), ...notes].some((text) =>
          text.includes(path.basename(damaged)),
        );
        if (isNamed) counts["found by verify"] += 1;
        else problems.push(name);
      }
      expect(problems.slice(0, 40)).toEqual([]);
    });
  }

  it("of a manifest is refused by type, or is none of the snapshot", { timeout: timeoutMs }, () => {
    const { life } = given.graph;
    const snapshotId = life.settled?.kind === "done" ? life.settled.value.state.snapshot_id : "";
    const layout = storeLayout(store);
    const load = (image: Life["image"]) =>
      loadManifest(new SimulatedMachine(image).start(2).world.disk, layout, snapshotId);
    const sound = load(life.image);
    const problems: string[] = [];
    for (const { name, bytes } of damages(fileBytes(life.image, layout.manifest(snapshotId)))) {
      counts["damaged files"] += 1;
      try {
        const { digest, files: captured } = load(withFile(life.image, layout.manifest(snapshotId), bytes));
        const isSame = digest === sound.digest && JSON.stringify(captured) === JSON.stringify(sound.files);
        if (!isSame) problems.push(`${name}: another snapshot`);
      } catch (error) {
        if (!(error instanceof RunledgerError)) problems.push(`${name}: ${String(error)}`);
      }
    }
    expect(problems).toEqual([]);
  });
});
