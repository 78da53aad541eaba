import path from "node:path";
import { describe, expect, it } from "vitest";
import { program, start } from "../cli/given.ts";
import { expectNothingLeft, expectSound, givenWorkspaces, type Workspace } from "../run/given.ts";

// The kernel's own killer needs a limit on a group of processes, which is not for a test to set on somebody's machine:
// here a heap reaches its limit, and a step's process gets the signal that the killer sends.

const workspaces = givenWorkspaces();
const hungryProgram = path.join(import.meta.dirname, "hungry-process.mjs");

describe("a run out of memory", () => {
  it("in its own process is completed by the next one, and what was done is not done again", async () => {
    const workspace = workspaces.make();
    const hungry = [process.execPath, "--max-old-space-size=60", hungryProgram];
    const died = await start(hungry, { workspace: workspace.directory }).ended;
    expect(died.status).not.toBe(0);
    expect(died.stderr).toContain("JavaScript heap out of memory");
    workspace.write("counters/lifted", "");
    const again = await start([...hungry, ...workspace.bornRuns()], { workspace: workspace.directory }).ended;
    expect(again).toMatchObject({ status: 0, stderr: "" });
    await expectPaidOnce(workspace);
  });

  it("in a step's process has a failed step, which a resume tries again when asked to", async () => {
    const workspace = workspaces.make();
    workspace.task([
      { id: "pay", effect: "once", run: "printf x >> counters/pay" },
      { id: "eat", run: "test -e counters/lifted || kill -9 $$", needs: ["pay"] },
    ]);
    const type = (...words: string[]) =>
      start([process.execPath, program, ...words], { workspace: workspace.directory }).ended;
    expect((await type("run", "work")).status).toBe(1);
    expect(workspace.events("eat").at(-1)).toMatchObject({
      status: "failed",
      payload: { result: { signal: "SIGKILL" } },
    });
    workspace.write("counters/lifted", "");
    expect((await type("resume", "--run", workspace.runId())).status).toBe(1);
    const retried = await type("resume", "--run", workspace.runId(), "--retry-failed");
    expect(retried.status, retried.stderr).toBe(0);
    await expectPaidOnce(workspace);
  });
});

async function expectPaidOnce(workspace: Workspace): Promise<void> {
  expect(workspace.counters()["pay"]).toBe(1);
  expectNothingLeft(workspace);
  await expectSound(workspace);
}
