import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { onlyRun, program, runledger, start, startRunledger, workspaceWith } from "./given.ts";

const hasPseudoTerminal = spawnSync("script", ["--version"]).stdout?.includes("util-linux") ?? false;

beforeEach(({ skip }) => {
  skip(!hasPseudoTerminal, "there is no script(1) of util-linux here, which makes the pseudo-terminal");
});

/** Starts the built program at a terminal; its pid is in the file `pid`. */
function atTerminal(workspace: string, words: string, env: Record<string, string> = {}) {
  const line = `echo $$ > pid; exec '${process.execPath}' '${program}' ${words}`;
  const started = start(["script", "-qec", line, "/dev/null"], { workspace, env: { TERM: "xterm", ...env } });
  return { ...started, type: (text: string) => started.child.stdin?.write(text) };
}

const steps = `
steps:
  - { id: first, run: "printf '\\\\033]0;owned\\\\007\\\\033[2Jshown'", effect: pure }
  - { id: wait, run: "test -e go || sleep 60", needs: [first], effect: EFFECT }
`;

/** A workspace with a run that was killed while its second step was in flight. */
async function killed(effect: string) {
  const workspace = workspaceWith({ demo: steps.replace("EFFECT", effect) });
  const run = startRunledger(["run", "demo"], { workspace });
  await run.printed("→ wait");
  run.child.kill("SIGKILL");
  await run.ended;
  writeFileSync(path.join(workspace, "go"), "");
  return { workspace, id: onlyRun(workspace) };
}

describe("a start that finds an unfinished run, at a terminal", () => {
  it("asks with the facts, shows details, and resumes it", async () => {
    const { workspace, id } = await killed("idempotent");
    const { printed, type, ended } = atTerminal(workspace, "run demo");
    await printed("[R]esume (recommended)  [S]tart fresh  [V]iew details  [C]ancel");
    await printed("1 of 2 steps done (50 %), 1 in doubt, last entry ");
    type("v\n");
    await printed("attempts");
    type("?\n");
    await printed("Type one of R, S, V, C.");
    type("\n");
    const { status, stdout } = await ended;
    expect(status).toBe(0);
    expect(stdout).toContain("attempt 2, under the same key");
    expect(onlyRun(workspace)).toBe(id);
  });

  it("starts nothing when it is told to cancel, or when the input ends", async () => {
    const { workspace, id } = await killed("idempotent");
    for (const answer of ["c\n", "\x04"]) {
      const { printed, type, ended } = atTerminal(workspace, "run demo");
      await printed("[C]ancel");
      type(answer);
      const { status, stdout } = await ended;
      expect({ status, cancelled: stdout.includes("CANCELLED") }).toEqual({ status: 4, cancelled: true });
    }
    expect(onlyRun(workspace)).toBe(id);
  });

  it.each([
    ["SIGINT", 130, "INTERRUPTED"],
    ["SIGTERM", 143, "TERMINATED"],
  ] as const)(
    "starts nothing when %s answers, exit %i; nothing is said of running steps",
    async (signal, exit, code) => {
      const { workspace, id } = await killed("idempotent");
      const { printed, type, ended } = atTerminal(workspace, "run demo", { NO_COLOR: "1" });
      await printed("[C]ancel");
      if (signal === "SIGINT") type("\x03");
      else process.kill(Number(readFileSync(path.join(workspace, "pid"), "utf8")), signal);
      const { status, stdout } = await ended;
      expect(status).toBe(exit);
      expect(stdout).toContain(`${signal}: nothing more is started\r\n`);
      expect(stdout).toContain(`runledger: ${code}: ${signal} came before the answer; nothing was started`);
      expect(stdout).not.toContain("CANCELLED");
      expect(onlyRun(workspace)).toBe(id);
    },
  );

  it("starts a fresh run when it is told to", async () => {
    const { workspace } = await killed("idempotent");
    const { printed, type, ended } = atTerminal(workspace, "run demo");
    await printed("[S]tart fresh");
    type("s\n");
    expect((await ended).status).toBe(0);
    expect(() => onlyRun(workspace)).toThrow("found 2");
  });

  it("never asks with --no-input", async () => {
    const { workspace } = await killed("idempotent");
    const { status, stdout } = await atTerminal(workspace, "run demo --no-input").ended;
    expect({ status, asked: stdout.includes("[R]esume") }).toEqual({ status: 0, asked: false });
  });
});

describe("a step of effect once in doubt, at a terminal", () => {
  it("is put to the person, whose answer is recorded", async () => {
    const { workspace, id } = await killed("once");
    const { printed, type, ended } = atTerminal(workspace, `resume ${id}`);
    await printed("[P]ause, decide later  [D]one: it happened  [R]etry: do it again");
    type("d\n");
    expect((await ended).status).toBe(0);
    const shown = JSON.parse((await runledger(["show", id, "--step", "wait", "--json"], { workspace })).stdout);
    expect(shown.attempts).toMatchObject([{ attempt: 1, outcome: "success", settled_by: "user" }]);
  });

  it("stays open when Ctrl-C answers", async () => {
    const { workspace, id } = await killed("once");
    const { printed, type, ended } = atTerminal(workspace, `resume ${id}`);
    await printed("[F]ail it");
    type("\x03");
    const { status, stdout } = await ended;
    expect(status).toBe(130);
    expect(stdout).toContain("SIGINT: nothing more is started\x1b[0m\r\n");
    expect(stdout).toContain("--in-doubt wait=CHOICE");
  });
});

describe("a decision, at a terminal", () => {
  const decision = `
steps:
  - { id: approve, decision: { prompt: "Ship it?", options: [ship, { id: hold, description: "wait \u202e" }] } }
`;

  it("is put to the person, whose answer is the step's result", async () => {
    const workspace = workspaceWith({ demo: decision });
    const { printed, type, ended } = atTerminal(workspace, "run demo", { NO_COLOR: "1" });
    await printed("Ship it?\r\n  hold: wait \\u202e\r\n[P]ause, decide later  [1] ship  [2] hold");
    type("2\n");
    expect((await ended).status).toBe(0);
    const words = ["show", onlyRun(workspace), "--step", "approve", "--json"];
    expect(JSON.parse((await runledger(words, { workspace })).stdout).payload.result).toEqual({ choice: "hold" });
  });

  it("is left open by an empty line, and by --no-input; the summary says what to type", async () => {
    const workspace = workspaceWith({ demo: decision });
    writeFileSync(path.join(workspace, ".gitignore"), "pid\n");
    const { printed, type, ended } = atTerminal(workspace, "run demo");
    await printed("[P]ause");
    type("\n");
    expect((await ended).status).toBe(4);
    const { status, stdout } = await atTerminal(workspace, "run demo --no-input", { NO_COLOR: "1" }).ended;
    expect({ status, asked: stdout.includes("[P]ause") }).toEqual({ status: 4, asked: false });
    const next = `runledger decide --run ${onlyRun(workspace)} --step approve --choose CHOICE`;
    expect(stdout).toContain(next);
    const typed = next.replace("CHOICE", "ship").split(" ").slice(1);
    expect((await runledger(typed, { workspace })).status).toBe(0);
    expect((await runledger(["resume", onlyRun(workspace)], { workspace })).status).toBe(0);
  });

  it("stays open when Ctrl-C answers", async () => {
    const workspace = workspaceWith({ demo: decision });
    const { printed, type, ended } = atTerminal(workspace, "run demo", { NO_COLOR: "1" });
    await printed("[2] hold");
    type("\x03");
    const { status, stdout } = await ended;
    expect({ status, interrupted: stdout.includes("paused: it was interrupted") }).toEqual({
      status: 130,
      interrupted: true,
    });
  });
});

describe("a terminal", () => {
  it("gets colour, unless NO_COLOR is set or it has none", async () => {
    const { workspace } = await killed("idempotent");
    expect((await atTerminal(workspace, "status").ended).stdout).toContain("\x1b[2m");
    for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
      expect((await atTerminal(workspace, "status", env).ended).stdout).not.toContain("\x1b");
    }
  });

  it("gets the logs without what would move its cursor or name its window", async () => {
    const { workspace, id } = await killed("idempotent");
    const { stdout } = await atTerminal(workspace, `logs ${id}`, { NO_COLOR: "1" }).ended;
    expect(stdout).toContain("── first  attempt 1  stdout\r\n\\x1b]0;owned\\x07\\x1b[2Jshown\r\n");
    expect(stdout).not.toContain("\x1b");
  });
});
