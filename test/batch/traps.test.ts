import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { givenWorkspaces, until, type Workspace } from "../run/given.ts";
import { batchOf, counting, sendings } from "./given.ts";

const workspaces = givenWorkspaces();
const work = { task: "tasks/work.json" };

/** Six items, of which `c` waits until there is a file `go`. */
function givenBatch(more: object[] = []): Workspace {
  const workspace = workspaces.make();
  fs.mkdirSync(workspace.path("bad"));
  const run = `${counting} && while test "$RUNLEDGER_ITEM" = c && test ! -e counters/go; do sleep 0.02; done`;
  const each = { id: "each", for_each: { list: ["a", "b", "c", "d", "e", "f"] }, run };
  workspace.task([each, ...more], { snapshot: { include: ["tasks"] } });
  return workspace;
}

async function killedAtItemC(workspace: Workspace): Promise<void> {
  const started = workspace.start(work);
  await until(() => "c" in workspace.counters());
  started.kill();
  await started.ended;
  workspace.write("counters/go", "");
}

describe("what went wrong in earlier systems for batches", () => {
  it("a crashed batch is not thrown away as stale: the same start goes on with it, and queues what was interrupted again", async () => {
    const workspace = givenBatch();
    await killedAtItemC(workspace);
    expect((await workspace.work(work)).outcome?.status).toBe("completed");
    expect(workspace.runIds().length).toBe(1);
    const { go: _, ...done } = workspace.counters();
    expect(done).toEqual({ a: 1, b: 1, c: 2, d: 1, e: 1, f: 1 });
  });

  it("--no-resume starts a new batch, also where one is unfinished", async () => {
    const workspace = givenBatch();
    await killedAtItemC(workspace);
    expect((await workspace.work({ ...work, options: { noResume: true } })).outcome?.status).toBe("completed");
    expect(workspace.runIds().length).toBe(2);
    expect(workspace.counters()).toMatchObject({ a: 2, b: 2, c: 2, d: 1, e: 1, f: 1 });
  });

  it("a batch that ended cleanly keeps what --retry-failed needs, in a new process", async () => {
    const workspace = givenBatch();
    for (const name of ["bad/b", "bad/e", "counters/go"]) workspace.write(name, "");
    expect((await workspace.work(work)).outcome?.status).toBe("failed");
    for (const name of ["b", "e"]) fs.rmSync(workspace.path("bad", name));
    const retried = await workspace.work({ runId: workspace.runId(), options: { retryFailed: true } });
    expect(retried.outcome?.status).toBe("completed");
    expect(Object.fromEntries(sendings(workspace))).toMatchObject({
      "each[a]": 1,
      "each[b]": 2,
      "each[e]": 2,
      "each[f]": 1,
    });
  });

  it("a batch whose needs cannot be met ends as blocked and waits for nothing", async () => {
    const workspace = workspaces.make();
    workspace.task([
      { id: "fail", run: "false" },
      { id: "each", needs: ["fail"], for_each: { list: ["a"] }, run: counting },
    ]);
    const { outcome } = await workspace.work(work);
    expect(outcome).toMatchObject({ status: "failed", steps: ["fail"] });
    expect(workspace.events("each").map(({ event, payload }) => [event, payload])).toEqual([
      ["step.blocked", { by: ["fail"] }],
    ]);
  });

  it("a resume that can do nothing stops, and appends nothing", async () => {
    const workspace = givenBatch();
    for (const name of ["bad/b", "counters/go"]) workspace.write(name, "");
    await workspace.work(work);
    const before = workspace.entries().length;
    const { outcome } = await workspace.work({ runId: workspace.runId() });
    expect(outcome).toMatchObject({ status: "failed", wasSettled: true });
    expect(workspace.entries().length).toBe(before);
  });

  it("a batch of which items are left never ends as completed, neither by --only nor by a crash between two items", async () => {
    const workspace = givenBatch();
    await killedAtItemC(workspace);
    expect((await workspace.resume({ only: "[ad]" })).status).toBe("paused");
    expect(batchOf(workspace)).toMatchObject({ completed: 3, queued: 2, in_doubt: 1 });
    expect((await workspace.resume()).status).toBe("completed");
    expect(batchOf(workspace)).toMatchObject({ completed: 6, queued: 0, in_doubt: 0 });
  });
});
