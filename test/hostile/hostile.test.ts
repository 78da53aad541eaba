import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { isTerminal, type LedgerEntry, readLedger, readRun, verifyAll } from "../../src/index.ts";
import { onlyRun, startRunledger, workspaceWith } from "../cli/given.ts";
import { leftOverProcesses } from "../run/given.ts";

const hostile = path.join(import.meta.dirname, "fixtures/hostile.mjs");
const megabyte = 1_048_576;

interface Expected {
  /** The code with which the step fails; absent: it succeeds. */
  readonly end?: string;
  /** The codes of the faults that are recorded, each once. */
  readonly faults?: readonly string[];
  /** How the process of the agent ended, where that matters. */
  readonly signal?: string;
  /** Of the step. */
  readonly timeout?: string;
  /** Of the agent. */
  readonly heartbeat?: string;
}

const short = "3s";
const misses = "500ms";

/** Each in a run of its own, so that each has all the memory that there is. */
const floods: Record<string, Expected> = {
  "floods-faults": { end: "DEADLINE", faults: ["NOT_JSON"], timeout: short },
  "floods-without-newline": { end: "DEADLINE", faults: ["UNTERMINATED_LINE"], timeout: short },
  "sends-a-gibibyte": { faults: ["OVERSIZE_LINE"] },
  "floods-events": { faults: ["TOO_MANY_MESSAGES"] },
  "floods-logs": { faults: ["TOO_MANY_MESSAGES"] },
  "floods-heartbeats": { faults: ["TOO_MANY_MESSAGES"] },
  "floods-stderr": {},
};

const groups: Record<string, Record<string, Expected>> = {
  ...Object.fromEntries(Object.entries(floods).map(([mode, expected]) => [`like ${mode}`, { [mode]: expected }])),
  "that will not live or die as they should": {
    "never-speaks": { end: "AGENT_SILENT", heartbeat: misses },
    "prints-no-message": { end: "AGENT_SILENT", faults: ["NOT_JSON"], heartbeat: "1s" },
    "crashes-at-start": { end: "AGENT_EXITED" },
    "starts-slowly": {},
    "begins-with-an-answer": { faults: ["NO_STARTING_HEARTBEAT", "EVENT_BEFORE_COMMAND"] },
    "lives-in-the-past": {},
    "never-reads": { end: "DEADLINE", timeout: short },
    "closes-stdin": { end: "AGENT_EXITED", faults: ["COMMAND_NOT_DELIVERED"], timeout: "30s" },
    "closes-stdout": { end: "AGENT_EXITED" },
    "never-exits": {},
    "ignores-sigterm": { end: "DEADLINE", signal: "SIGKILL", timeout: short },
    "forks-away": {},
    "forks-and-ignores": { end: "DEADLINE", signal: "SIGKILL", timeout: short },
    "leaves-children": {},
    "falls-silent": { end: "AGENT_SILENT", heartbeat: misses },
    "exits-without-an-answer": { end: "AGENT_EXITED" },
    "dies-mid-line": { end: "AGENT_EXITED", faults: ["UNTERMINATED_LINE"], signal: "SIGKILL" },
    "answers-while-it-is-ended": { timeout: short },
    "fails-while-it-is-ended": { end: "DEADLINE", faults: ["FAILED_WHILE_ENDED"], timeout: short },
  },
  "that forge": {
    "forges-a-key": { end: "DEADLINE", faults: ["INVALID_MESSAGE"], timeout: short },
    "forges-a-correlation": { end: "DEADLINE", faults: ["WRONG_CORRELATION"], timeout: short },
    "forges-a-task": { end: "DEADLINE", faults: ["WRONG_TASK"], timeout: short },
    "forges-a-type": { end: "DEADLINE", faults: ["WRONG_AGENT"], timeout: short },
    "forges-system": { end: "DEADLINE", faults: ["WRONG_AGENT"], timeout: short },
    "forges-a-snapshot": { end: "DEADLINE", faults: ["VERSION_MISMATCH"], timeout: short },
    "forges-a-place": { end: "DEADLINE", faults: ["INVALID_MESSAGE"], timeout: short },
    "forges-an-object": { end: "DEADLINE", faults: ["RESERVED_MEMBER"], timeout: short },
    "forges-the-run": { faults: ["RESERVED_EVENT"] },
    "commands-us": { faults: ["UNKNOWN_KIND"] },
    "ends-twice": { faults: ["SECOND_TERMINAL"] },
    "goes-on-after-its-end": { faults: ["EVENT_AFTER_END"] },
  },
  "that send what is no message": {
    "paints-the-terminal": { end: "\u001b" },
    "sends-no-utf8": { faults: ["NOT_UTF8"] },
    "sends-nul": { faults: ["NOT_JSON"] },
    "nests-deeply": { faults: ["TOO_DEEP"] },
    "repeats-members": { faults: ["DUPLICATE_MEMBER"] },
    "sends-huge-numbers": { faults: ["NUMBER_NOT_EXACT"] },
    "sends-half-characters": { faults: ["LONE_SURROGATE"] },
    "pollutes-prototypes": { faults: ["INVALID_MESSAGE"] },
  },
  "that hand in what is no artifact": {
    "hands-in-what-lies-outside": { end: "OUTPUT_PATH_INVALID" },
    "hands-in-an-absolute-path": { end: "OUTPUT_PATH_INVALID" },
    "hands-in-two-gibibytes": { end: "OUTPUT_TOO_LARGE" },
    "hands-in-a-link": { end: "OUTPUT_NOT_A_FILE" },
    "hands-in-through-a-link-that-escapes": { end: "OUTPUT_OUTSIDE_WORKSPACE" },
    "hands-in-a-directory": { end: "OUTPUT_NOT_A_FILE" },
    "hands-in-a-pipe": { end: "OUTPUT_NOT_A_FILE" },
    "hands-in-nothing": { end: "OUTPUT_MISSING" },
    "hands-in-something-else": { end: "OUTPUT_MISMATCH" },
  },
};

describe.each(Object.entries(groups))("agents %s", (_, agents) => {
  const life = {} as Awaited<ReturnType<typeof liveThrough>>;
  beforeAll(async () => void Object.assign(life, await liveThrough(agents)), 100_000);

  it.each(Object.entries(agents))(
    "%s: the step ends as it should, and what was wrong is recorded",
    (mode, expected) => {
      const ended = endOf(life.entries, mode);
      if (mode === "paints-the-terminal") expect(ended).toMatchObject({ end: expect.stringContaining("\u001b") });
      else expect(ended.end).toBe(expected.end);
      expect(ended.faults).toEqual(expected.faults ?? []);
      if (expected.signal !== undefined) expect(ended.signal).toBe(expected.signal);
    },
  );

  it("cost less than 200 MB of memory, leave no process, and a run that agrees with itself", async () => {
    expect(life.peakBytes).toBeGreaterThan(20 * megabyte);
    expect(life.peakBytes).toBeLessThan(200 * megabyte);
    expect(leftOverProcesses(life.runId)).toEqual([]);
    expect(life.status).toBe(Object.values(agents).some(({ end }) => end !== undefined) ? 1 : 0);
    for (const report of await verifyAll({ workspace: life.workspace })) expect(report.faults).toEqual([]);
    const { progress } = readRun({ workspace: life.workspace, runId: life.runId }).state;
    expect(progress.completed + progress.failed).toBe(Object.keys(agents).length);
  });

  it("fill neither the disk nor the terminal", () => {
    const run = path.join(life.workspace, ".runledger/runs", life.runId);
    expect(statSync(path.join(run, "ledger.ndjson")).size).toBeLessThan(80 * megabyte);
    for (const mode of Object.keys(agents)) {
      const log = path.join(run, "agents", mode, "stderr.log");
      if (existsSync(log)) expect(statSync(log).size).toBeLessThan(17 * megabyte);
    }
    expect(life.printed).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });
});

/** One run of the real command with one step for each of the agents, several at a time. */
async function liveThrough(agents: Record<string, Expected>) {
  const workspace = workspaceWith({ hostile: taskOf(agents) });
  const run = startRunledger(["run", "hostile", "--grace", "0.5", "--no-input"], { workspace });
  const peak = watchPeak(run.child.pid ?? 0);
  const { status, stdout, stderr } = await run.ended;
  const runId = onlyRun(workspace);
  const entries = [...readLedger({ workspace, runId })];
  return { workspace, runId, entries, status, printed: stdout + stderr, peakBytes: peak.stop() };
}

function taskOf(agents: Record<string, Expected>): string {
  const modes = Object.entries(agents);
  const declared = modes.map(([mode, { heartbeat = "30s" }]) => [
    mode,
    { command: [process.execPath, hostile, mode], heartbeat, restarts: 0 },
  ]);
  const steps = modes.map(([mode, { timeout = "90s" }]) => ({
    ...{
      id: mode,
      agent: mode,
      action: "work",
      timeout,
      effect: "idempotent",
      inputs: inputsOf(mode),
    },
  }));
  return `concurrency: 4\nagents: ${JSON.stringify(Object.fromEntries(declared))}\nsteps: ${JSON.stringify(steps)}\n`;
}

/** More than a pipe takes for those that do not read. */
function inputsOf(mode: string): object {
  return mode === "never-reads" || mode === "closes-stdin" ? { filler: "x".repeat(240_000) } : {};
}

/** The most memory that the process ever had, as the system counts it. */
function watchPeak(pid: number): { stop(): number } {
  let peakBytes = 0;
  const look = () => {
    try {
      const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
      peakBytes = Math.max(peakBytes, Number(kilobytes ?? 0) * 1024);
    } catch {}
  };
  const timer = setInterval(look, 20);
  return {
    stop: () => {
      clearInterval(timer);
      return peakBytes;
    },
  };
}

function endOf(entries: readonly LedgerEntry[], mode: string) {
  const events = entries.filter((entry) => entry.kind === "event");
  const end = events.find(({ step, event }) => step === mode && isTerminal("work", event));
  const ofAgent = events.filter(({ payload }) => payload["agent"] === mode);
  const faults = ofAgent.filter(({ event }) => event === "agent.fault").map(({ payload }) => payload["code"]);
  const exit = ofAgent.find(({ event }) => event === "agent.exited");
  const isFailed = end?.event === "error" || end?.status === "failed";
  return {
    end: isFailed ? String(end?.payload["code"]) : end === undefined ? "none" : undefined,
    faults: [...new Set(faults)],
    signal: exit?.payload["signal"],
  };
}
