import path from "node:path";
import { describe, expect, it } from "vitest";
import { abort, defineTask, resume, run } from "../../src/index.ts";
import { givenWorkspaces, leftOverProcesses } from "./given.ts";
import { failingWorld, worldWhere } from "./watched-world.ts";

const workspaces = givenWorkspaces();
const builder = path.join(import.meta.dirname, "fixtures/builder.mjs");

const agents = { builder: { command: ["node", builder] } };
const steps = [
  { id: "build", agent: "builder", action: "implement", expected_outputs: [{ path: "built.txt" }] },
  { id: "beside", run: "until test -e counters/after; do sleep 0.01; done" },
  { id: "after", run: "printf x >> counters/after", needs: ["build"] },
];

describe("a ledger that fails while an agent and a plain step are at work", () => {
  it.each([
    { calls: "write", methods: ["write"] as const },
    { calls: "sync", methods: ["datasync", "datasyncInBackground"] as const },
  ])(
    "ends both, refuses by type, and is resumed, whichever $calls fails",
    { timeout: 300_000 },
    async ({ methods }) => {
      for (let n = 2; ; n += 1) {
        const workspace = workspaces.make();
        const task = workspace.task(steps, { agents, concurrency: 2 });
        const { world, failed } = failingWorld("ledger.ndjson", methods, n);
        const started = workspace.here({ task, options: { world } });
        const outcome: unknown = await started.catch((error: unknown) => error);
        expect(leftOverProcesses(workspace.runId())).toEqual([]);
        if (!failed()) {
          expect(outcome).toMatchObject({ status: "completed" });
          expect(n).toBeGreaterThan(3);
          return;
        }
        expect(outcome).toMatchObject({ name: "RunledgerError", exitStatus: 74 });
        expect(await workspace.here({ task })).toMatchObject({ status: "completed" });
      }
    },
  );
});

describe("a file of a run that cannot be closed", () => {
  it("does not keep the run locked, whichever it is", async () => {
    const task = defineTask("calls", async ({ step }) => {
      for (const n of [1, 2, 3]) await step("part", { inputs: { n } }, () => n);
    });
    for (let n = 1; ; n += 1) {
      const workspace = workspaces.make();
      const place = { workspace: workspace.directory, store: workspace.store, snapshot: false } as const;
      const { runId } = await run(task, place);
      let closes = 0;
      const world = worldWhere((target, method) => {
        if (method !== "close" || !target.endsWith(".ndjson")) return undefined;
        closes += 1;
        return closes === n ? "EIO" : undefined;
      });
      // Refused once the run is open, since it has completed.
      await expect(abort({ ...place, runId, world })).rejects.toThrow();
      expect(await resume(task, { ...place, runId })).toMatchObject({ status: "completed" });
      if (closes < n) {
        expect(n).toBeGreaterThan(3);
        return;
      }
    }
  });
});
