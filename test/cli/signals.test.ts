import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { isRunning, until } from "../agent/scratch.ts";
import { onlyRun, program, runledger, start, startRunledger, workspaceWith } from "./given.ts";

/** Says its pid, then waits; the second step never begins. */
const waiting = (trap: string) => `
steps:
  - id: wait
    run: ["sh", "-c", "${trap} echo $$ > pid; while :; do sleep 0.05; done"]
    effect: once
  - id: after
    run: "touch after"
    needs: [wait]
    effect: pure
`;

async function started(trap: string, ...words: string[]) {
  const workspace = workspaceWith({ waiting: waiting(trap) });
  const run = startRunledger(["run", "waiting", ...words], { workspace });
  await run.printed("→ wait");
  while (!existsSync(path.join(workspace, "pid")) || pidOf(workspace) === 0) await pause();
  return { workspace, run, id: onlyRun(workspace) };
}

const pidOf = (workspace: string) => Number(readFileSync(path.join(workspace, "pid"), "utf8"));
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function endNamedIn(file: string): void {
  const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
  if (pid > 0 && lives(pid)) process.kill(pid, "SIGKILL");
}

describe("a signal", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 143],
  ] as const)(
    "%s pauses the run: nothing more is started, what runs has its grace, exit %i",
    async (signal, status) => {
      const { workspace, run, id } = await started("", "--grace", "0.1");
      run.child.kill(signal);
      const ended = await run.ended;
      expect(ended.status).toBe(status);
      expect(ended.stdout).toContain(
        `${signal}: nothing more is started; running steps have 0.1 s to end by themselves; once more`,
      );
      expect(ended.stdout).toContain("paused: it was interrupted");
      expect(ended.stdout).toContain(`Next: runledger resume --run ${id}`);
      expect(lives(pidOf(workspace))).toBe(false);
      expect(existsSync(path.join(workspace, "after"))).toBe(false);
      const seen = await runledger(["status", id, "--json"], { workspace });
      const { state, alive } = JSON.parse(seen.stdout);
      expect({ alive, status: state.status, wait: state.steps[0].status }).toEqual({
        alive: false,
        status: "paused",
        wait: "in_doubt",
      });
    },
  );

  it("sent twice ends at once what ignores the first one", async () => {
    const { workspace, run } = await started("trap '' TERM INT;", "--grace", "3600");
    run.child.kill("SIGINT");
    await run.printed("once more ends them now");
    run.child.kill("SIGINT");
    expect((await run.ended).status).toBe(130);
    expect(lives(pidOf(workspace))).toBe(false);
  });

  it("with --json still gives one document, of the paused run", async () => {
    const { run } = await started("", "--grace", "0", "--json");
    run.child.kill("SIGINT");
    const { status, stdout } = await run.ended;
    expect({ status, run: JSON.parse(stdout).status }).toEqual({ status: 130, run: "paused" });
  });

  it("leaves a step of effect once in doubt: the next resume says so, exit 4, and each choice settles it", async () => {
    const { workspace, run, id } = await started("", "--grace", "0");
    run.child.kill("SIGTERM");
    await run.ended;
    const asked = await runledger(["resume", id], { workspace });
    expect(asked.status).toBe(4);
    expect(asked.stdout).toContain(`Next: runledger resume --run ${id} --in-doubt wait=CHOICE\n`);
    const settled = await runledger(["resume", id, "--in-doubt", "wait=done", "--result", '{"url":"x=y"}'], {
      workspace,
    });
    expect(settled.status).toBe(0);
    const shown = JSON.parse((await runledger(["show", id, "--step", "wait", "--json"], { workspace })).stdout);
    expect(shown.payload).toEqual({ result: { url: "x=y" }, settled_by: "option" });
  });
});

describe("kill -9", () => {
  it.runIf(process.platform === "linux")(
    "leaves a run that nobody works on, before the parent takes notice",
    async () => {
      const workspace = workspaceWith({ waiting: waiting("") });
      // The shell becomes what never waits for its child.
      const parent = start(
        ["sh", "-c", '"$0" "$1" run waiting & echo $! > runner; exec sleep 60', process.execPath, program],
        {
          workspace,
        },
      );
      try {
        await parent.printed("→ wait");
        const id = onlyRun(workspace);
        const seen = async () => JSON.parse((await runledger(["status", id, "--json"], { workspace })).stdout);
        const { alive, owner } = await seen();
        expect(alive).toBe(true);
        process.kill(owner.pid, "SIGKILL");
        await until(() => !isRunning(owner.pid));
        expect(() => process.kill(owner.pid, 0)).not.toThrow();
        expect(await seen()).toMatchObject({ alive: false, owner });
        expect((await runledger(["abort", id], { workspace })).status).toBe(0);
      } finally {
        // Whatever failed above: none of them ends by itself.
        for (const name of ["runner", "pid"]) endNamedIn(path.join(workspace, name));
        parent.child.kill();
        await parent.ended;
      }
    },
  );
});
