import fs from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { defineTask, run } from "../../src/index.ts";
import type { StepFunction } from "../../src/run/function/define-task.ts";
import { givenWorkspaces, type Workspace } from "./given.ts";
import { worldWhere } from "./watched-world.ts";

const workspaces = givenWorkspaces();
let workspace: Workspace;
beforeEach(() => {
  workspace = workspaces.make();
});

/** More than are listed: 10,000. */
const steps = 10_050;
const early = 5;
const late = 10_045;

/** So many steps with keys of their own, then what `afterwards` does. `reads`: how often the ledger was read. */
async function longRun(afterwards: (step: StepFunction, reads: () => number) => Promise<unknown>) {
  let reads = 0;
  const world = worldWhere((file, method) => {
    if (method === "read" && path.basename(file) === "ledger.ndjson") reads += 1;
    return undefined;
  });
  const task = defineTask("long", async ({ step }) => {
    const numbers = Array.from({ length: steps }, (_, n) => n);
    await Promise.all(numbers.map((n) => step("work", chosen(n), () => ({ n }))));
    return afterwards(step, () => reads);
  });
  return run(task, { workspace: workspace.directory, store: workspace.store, snapshot: false, world });
}

function chosen(n: number) {
  return { key: `key-${n}`, inputs: { n } };
}

const neverDone = () => {
  throw new Error("it was to be a hit");
};

describe("a run of more steps than are listed", () => {
  it("keeps of each only where it lies, lists the first, and hands back what is recorded there", async () => {
    const { output, state } = await longRun(async (step, reads) => {
      const before = reads();
      const results = [await step("work", chosen(early), neverDone), await step("work", chosen(late), neverDone)];
      return { results, reads: reads() - before };
    });
    expect(output).toEqual({ results: [{ n: early }, { n: late }], reads: 2 });
    expect([state.steps.length, state.progress.total, state.progress.completed]).toEqual([10_000, steps, steps]);
    const document = JSON.parse(fs.readFileSync(workspace.runFile("run.json"), "utf8"));
    expect(document).toEqual(state);
  });

  it.each([early, late])("ends when one of them has rotted, whatever the function makes of it: %i", async (rotting) => {
    const rotten = longRun(async (step) => {
      const file = workspace.runFile("ledger.ndjson");
      const bytes = fs.readFileSync(file);
      const at = bytes.indexOf(`"payload":{"result":{"n":${rotting}}}`);
      fs.writeFileSync(file, Buffer.from(bytes).fill("x", at + 2, at + 3));
      await step("work", chosen(rotting), neverDone).catch(() => "went on");
      fs.writeFileSync(file, bytes);
    });
    await expect(rotten).rejects.toMatchObject({ code: "LEDGER_DAMAGED" });
  });
});
