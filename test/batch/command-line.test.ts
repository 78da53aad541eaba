import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { onlyRun, runledger, startRunledger, workspaceWith } from "../cli/given.ts";

const task = `
snapshot: { include: [tasks] }
concurrency: 2
steps:
  - id: check
    for_each: { file: items.txt }
    run: 'echo "looked at $RUNLEDGER_ITEM"; test ! -e "bad/$RUNLEDGER_ITEM"'
    effect: pure
`;

function givenBatch(count: number, bad: readonly number[]): string {
  const workspace = workspaceWith({ check: task });
  const items = Array.from({ length: count }, (_, index) => `item ${index}`);
  writeFileSync(path.join(workspace, "items.txt"), items.join("\n"));
  mkdirSync(path.join(workspace, "bad"));
  for (const number of bad) writeFileSync(path.join(workspace, "bad", `item ${number}`), "");
  return workspace;
}

const run = (workspace: string, ...words: string[]) => runledger(["run", "--task", "check", ...words], { workspace });

describe("a batch on the command line", () => {
  it("shows a line for each 5 % and each failure, none for a success, and what to type next", async () => {
    const workspace = givenBatch(60, [7]);
    const { status, stdout } = await run(workspace);
    expect(status).toBe(1);
    const lines = stdout.split("\n").filter((line) => line.includes("check"));
    expect(lines.filter((line) => / \d+ %, \d+ of 60 items/.test(line)).length).toBe(20);
    expect(lines.filter((line) => line.includes("✗"))).toEqual(["✗ check[item 7]  EXIT_STATUS: exit status 1"]);
    expect(lines).toContain("  check: 59 of 60 items completed, 1 failed");
    const runId = onlyRun(workspace);
    expect(stdout).toContain(`Next: runledger logs --run ${runId} --step 'check[item 7]'`);
    expect(stdout).toContain(`Next: runledger resume --run ${runId} --retry-failed`);
    expect(stdout).not.toContain("check[item 8]");
  });

  it("is told as counts and failures by status, show and --json, and item by item by --step", async () => {
    const workspace = givenBatch(30, [3, 4]);
    const { stdout: json } = await run(workspace, "--json");
    const batch = { total: 30, queued: 0, running: 0, in_doubt: 0, completed: 28, failed: 2, skipped: 0, current: [] };
    const [step] = JSON.parse(json).steps;
    expect(step).toMatchObject({ step: "check", status: "failed", batch });
    expect(step.batch.failures.map(({ item, code }: { item: string; code: string }) => [item, code])).toEqual([
      ["item 3", "EXIT_STATUS"],
      ["item 4", "EXIT_STATUS"],
    ]);
    const of = (...words: string[]) => runledger([...words, "--run", onlyRun(workspace)], { workspace });
    const [status, shown, item, logs, all] = await Promise.all([
      of("status"),
      of("show", "--step", "check"),
      of("show", "--step", "check[item 3]"),
      of("logs", "--step", "check[item 3]"),
      of("logs", "--step", "check"),
    ]);
    expect(status.stdout).toContain("28 of 30 items completed, 2 failed");
    expect(status.stdout.split("\n").length).toBeLessThan(20);
    expect(shown.stdout).toContain("✗ check[item 4]");
    expect(item.stdout).toContain('"item":"item 3"');
    expect(item.stdout).toContain('"stdout": "looked at item 3\\n"');
    expect(logs.stdout).toContain("looked at item 3");
    expect(logs.stdout).not.toContain("looked at item 4");
    expect(all.stdout.match(/looked at item/g)?.length).toBe(30);
  });

  it("is paused by Ctrl-C: items that run may end, no further one is started, and a resume does the rest", async () => {
    const workspace = workspaceWith({
      check: task.replace(
        "run: '",
        `run: 'while test "$RUNLEDGER_ITEM" = "item 3" && test ! -e go; do sleep 0.02; done; `,
      ),
    });
    writeFileSync(
      path.join(workspace, "items.txt"),
      Array.from({ length: 8 }, (_, index) => `item ${index}`).join("\n"),
    );
    const started = startRunledger(["run", "--task", "check", "--concurrency", "1"], { workspace });
    await started.printed(" 3 of 8 items");
    started.child.kill("SIGINT");
    await started.printed("nothing more is started");
    writeFileSync(path.join(workspace, "go"), "");
    expect((await started.ended).status).toBe(130);
    const { stdout } = await runledger(["status", "--run", onlyRun(workspace), "--json"], { workspace });
    const { state } = JSON.parse(stdout);
    expect([state.status, state.reason]).toEqual(["paused", "interrupted"]);
    const { completed, queued } = state.steps[0].batch;
    expect(completed).toBeLessThanOrEqual(4);
    expect(completed + queued).toBe(8);
    expect((await runledger(["resume", "--run", onlyRun(workspace)], { workspace })).status).toBe(0);
  });

  it("with --only does a part, ends with status 4, and names the command that does the rest", async () => {
    const workspace = givenBatch(20, []);
    const first = await run(workspace, "--only", "item 1*");
    expect([first.status, first.stdout]).toEqual([4, expect.stringContaining("other items are left")]);
    expect(first.stdout).toContain("check: 11 of 20 items completed, 9 not started");
    const plan = await run(workspace, "--dry-run", "--json");
    expect(JSON.parse(plan.stdout).steps[0]).toMatchObject({ what: "send", items: { open: 9, total: 20 } });
    expect((await run(workspace)).status).toBe(0);
  });
});
