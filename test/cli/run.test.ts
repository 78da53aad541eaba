import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { runStateSchema } from "../../src/schemas.ts";
import { mixedSteps, oneStep, onlyRun, runledger, workspaceWith } from "./given.ts";

describe("run and resume", () => {
  it("show each command, event and artifact, and what to type next", async () => {
    const workspace = workspaceWith({ mixed: mixedSteps });
    const first = await runledger(["run", "--task", "mixed"], { workspace });
    const id = onlyRun(workspace);
    expect(first.status).toBe(1);
    expect(first.stdout).toContain("→ build  exec, attempt 1\n");
    expect(first.stdout).toMatch(/✓ build {2}exec\.completed {2}\d+\.\d s\n/);
    expect(first.stdout).toMatch(/ {4}dist\/out\.txt {2}sha256:[0-9a-f]{64} {2}4 bytes\n/);
    expect(first.stdout).toMatch(/✗ check {2}exec\.completed .*\n {4}EXIT_STATUS: exit status 1\n {4}checked badly\n/);
    expect(first.stdout).toContain("- publish  blocked by check\n");
    expect(first.stdout).toContain("1 of 3 steps done: 1 performed, 0 reused, 1 failed, 1 blocked\n");
    expect(first.stdout).toContain("effect not written, taken as idempotent: check\n");
    expect(first.stdout).toContain(`receipts: ${workspace}/.runledger/runs/${id}/receipts/mixed\n`);
    expect(first.stdout.trimEnd().split("\n").slice(-2)).toEqual([
      `Next: runledger logs --run ${id} --step check`,
      `Next: runledger resume --run ${id} --retry-failed`,
    ]);

    writeFileSync(path.join(workspace, "allowed"), "");
    const second = await runledger(["resume", "--run", id, "--retry-failed"], { workspace });
    expect(second.status).toBe(0);
    expect(second.stdout).toContain("= build  reused\n");
    expect(second.stdout).toContain("→ check  exec, attempt 2, under the same key\n");
    expect(second.stdout).toContain("3 of 3 steps done: 2 performed, 1 reused, 0 failed, 0 blocked\n");

    const third = await runledger(["resume", id], { workspace });
    expect(third.status).toBe(0);
    expect(third.stdout).toContain("has completed already; nothing was done");
  });

  it("show the last five lines of what a failed step printed: on stderr, or else on stdout", async () => {
    const printing = `
steps:
  - { id: err, run: "echo out; seq 1 7 >&2; exit 1", effect: pure }
  - { id: out, run: "printf '\\\\033[2J\\\\n\\\\n'; seq 8 10; exit 1", effect: pure }
  - { id: mute, run: "exit 1", effect: pure }
`;
    const { stdout } = await runledger(["run", "printing"], { workspace: workspaceWith({ printing }) });
    const told = stdout.matchAll(/^✗ (\w+) .*\n((?: {4}.*\n)+)/gm);
    expect(
      Object.fromEntries([...told].map(([, step, lines = ""]) => [step, lines.replaceAll(/^ {4}/gm, "")])),
    ).toEqual({
      err: "EXIT_STATUS: exit status 1\n3\n4\n5\n6\n7\n",
      out: "EXIT_STATUS: exit status 1\n\\x1b[2J\n\n8\n9\n10\n",
      mute: "EXIT_STATUS: exit status 1\n",
    });
  });

  it("say of a run that failed by skipped steps alone how these are tried again", async () => {
    const workspace = workspaceWith({ skips });
    await runledger(["run", "skips"], { workspace });
    const id = onlyRun(workspace);
    const skipped = await runledger(["resume", id, "--in-doubt", "first=skip", "--in-doubt", "second=skip"], {
      workspace,
    });
    expect(skipped.status).toBe(1);
    const next = `resume --run ${id} --in-doubt first=retry --in-doubt second=retry`;
    expect(skipped.stdout.trimEnd().split("\n").at(-1)).toBe(`Next: runledger ${next}`);
    writeFileSync(path.join(workspace, "go"), "");
    expect((await runledger(next.split(" "), { workspace })).status).toBe(0);
  });

  it("name the place in what to type next, when it was given", async () => {
    const workspace = workspaceWith({ one: oneStep });
    const store = path.join(workspace, "a store");
    const { stdout } = await runledger(["run", "one", "--workspace", workspace, "--store", store]);
    expect(stdout).toContain(` --workspace ${workspace} --store '${store}'\n`);
  });

  it("print with --json the run state and nothing else on stdout", async () => {
    const workspace = workspaceWith({ mixed: mixedSteps });
    const first = await runledger(["run", "mixed", "--json"], { workspace });
    const state = runStateSchema.parse(JSON.parse(first.stdout));
    expect({ status: first.status, run: state.status }).toEqual({ status: 1, run: "failed" });
    expect(first.stderr).toContain("→ build");
    const second = await runledger(["resume", state.run_id, "--json"], { workspace });
    expect(runStateSchema.parse(JSON.parse(second.stdout)).run_id).toBe(state.run_id);
  });

  it("write nothing on a dry run", async () => {
    const workspace = workspaceWith({ mixed: mixedSteps });
    const plan = await runledger(["run", "mixed", "--dry-run"], { workspace });
    expect(plan.status).toBe(0);
    expect(plan.stdout).toMatch(/publish +exec +once +sent when its needs are done +check/);
    expect(() => onlyRun(workspace)).toThrow("ENOENT");
    await runledger(["run", "mixed"], { workspace });
    const again = await runledger(["resume", onlyRun(workspace), "--dry-run", "--retry-failed", "--json"], {
      workspace,
    });
    const steps: { step: string; what: string }[] = JSON.parse(again.stdout).steps;
    expect(steps.map(({ step, what }) => `${step}: ${what}`)).toEqual([
      "build: reuse",
      "check: retry",
      "publish: waits",
    ]);
  });

  it("let no control byte of a step through, and colour nothing in a pipe", async () => {
    const hostile = `
agents: { evil: { command: [node, agent.mjs] } }
steps:
  - { id: talk, agent: evil, action: talk, effect: pure }
`;
    const workspace = workspaceWith({ hostile });
    writeFileSync(path.join(workspace, "agent.mjs"), evilAgent);
    const run = await runledger(["run", "hostile"], { workspace, env: { PATH: pathWithNode() } });
    const id = onlyRun(workspace);
    const shown = [
      run,
      ...(await Promise.all(
        [
          ["show", id],
          ["show", id, "--step", "talk"],
          ["status", id],
        ].map((words) => runledger(words, { workspace })),
      )),
    ];
    expect(run.stdout).toContain("\\x1b]0;owned\\x07");
    for (const { stdout, stderr } of shown) expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
  });

  it("start the run of a task at most once: a failed one is named, --no-resume starts another", async () => {
    const workspace = workspaceWith({ mixed: mixedSteps });
    await runledger(["run", "mixed"], { workspace });
    const again = await runledger(["run", "mixed"], { workspace });
    expect(again.status).toBe(1);
    expect(again.stderr).toContain("runledger: RUN_FAILED: ");
    expect(again.stderr).toContain("--retry-failed, or a new run with --no-resume");
    rmSync(path.join(workspace, "dist"), { recursive: true });
    expect((await runledger(["run", "mixed", "--no-resume"], { workspace })).stdout).toContain("→ build");
  });
});

/** Two steps whose time passes, so that they are in doubt, and one that needs them. */
const skips = `
steps:
  - { id: first, run: "test -e go || sleep 60", timeout: 1s, effect: once }
  - { id: second, run: "test -e go || sleep 60", timeout: 1s, effect: once }
  - { id: after, run: "true", needs: [first, second], effect: pure }
`;

function pathWithNode(): string {
  return `${path.dirname(process.execPath)}:${process.env["PATH"]}`;
}

const evilAgent = `
import { createInterface } from "node:readline";
const say = (message) => process.stdout.write(JSON.stringify(message) + "\\n");
const now = () => new Date().toISOString();
const agent = { agent_type: "evil", agent_id: "evil" };
const beat = (seq, status) => say({ kind: "heartbeat", agent, seq, status, pid: process.pid, uptime_s: 0, last_activity_at: now() });
beat(0, "starting"); beat(1, "ready");
for await (const line of createInterface({ input: process.stdin })) {
  const { correlation_id, task_id } = JSON.parse(line);
  const text = "\\u001b]0;owned\\u0007 \\u009b2J \\u202e";
  say({ kind: "log", level: "info", message: text, timestamp: now() });
  const event = (name, more) => say({ kind: "event", message_id: crypto.randomUUID(), correlation_id, task_id, from: agent, event: name, payload: { message: text }, occurred_at: now(), ...more });
  event("talk.progress");
  event("talk.completed", { status: "failed" });
}
`;
