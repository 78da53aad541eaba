import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { syncThread } from "../../src/durable/sync-thread.ts";
import { defineTask, run } from "../../src/index.ts";
import { givenWorkspaces } from "./given.ts";

const workspaces = givenWorkspaces();
/** As many threads as Node has for files, names of hosts, zlib and the like. */
const threads = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);

const roundsInBackground = 10;

// Windows has no FIFOs.
describe.skipIf(process.platform === "win32")("steps that hold all threads of Node", () => {
  it.each([50, 100])("do not keep others from being acknowledged, of %i in flight", async (inFlight) => {
    const workspace = workspaces.make();
    const fifo = (n: number) => workspace.path("counters", `fifo-${n}`);
    const holding = Array.from({ length: threads }, (_, n) => n);
    for (const n of holding) execFileSync("mkfifo", [fifo(n)]);
    const others = Array.from({ length: inFlight - threads }, (_, n) => n);
    const task = defineTask("holding", async ({ step }) => {
      const held = holding.map((n) => step("hold", { inputs: { n } }, () => fs.promises.readFile(fifo(n), "utf8")));
      await Promise.all(
        others.map(async (n) => {
          for (let round = 0, inBackground = 0; inBackground < roundsInBackground; round += 1) {
            await step("other", { inputs: { n, round } }, () => sleep(5));
            if (syncThread() !== undefined) inBackground += 1;
          }
        }),
      );
      for (const n of holding) fs.writeFileSync(fifo(n), "x");
      return Promise.all(held);
    });
    const { directory, store } = workspace;
    const outcome = await run(task, { workspace: directory, store, snapshot: false });
    expect(outcome).toMatchObject({ status: "completed", output: holding.map(() => "x") });
  });
});
