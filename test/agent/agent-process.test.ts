import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentEnd, AgentOptions } from "../../src/agent/agent-options.ts";
import { startAgent } from "../../src/agent/agent-process.ts";
import type { Fault } from "../../src/agent/faults.ts";
import type { AgentMessage } from "../../src/agent/message-reader.ts";
import { nodeProcesses } from "../../src/agent/node-processes.ts";
import { Secrets } from "../../src/agent/secrets.ts";
import type { NotStarted } from "../../src/agent/start-child.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { systemClock } from "../../src/ports.ts";
import type { Command } from "../../src/protocol/command.ts";
import type { Event } from "../../src/protocol/event.ts";
import { expectToEnd, isRunning, pidIn, removeDirectory, scratchDirectory, until } from "./scratch.ts";
import { triggeredClock } from "./triggered-clock.ts";

const fixture = fileURLToPath(new URL("fixtures/agent.mjs", import.meta.url));
const snapshotId = "snap-4f53cda18c2b";
const deadlineMs = 123_456;

let directory: string;
let messages: AgentMessage[];
let faults: Fault[];

beforeEach(() => {
  directory = scratchDirectory();
  messages = [];
  faults = [];
});

afterEach(() => removeDirectory(directory));

const command = (inputs: Record<string, unknown> = {}): Command => ({
  kind: "command",
  message_id: "0190d2a0-0000-7000-8000-000000000000",
  correlation_id: "the-correlation",
  task_id: "T-0042",
  step: "build",
  idempotency_key: `ik:${"0".repeat(64)}`,
  to: { agent_type: "builder" },
  action: "implement",
  inputs,
  expected_outputs: [],
  version: { snapshot_id: snapshotId },
  retry: { attempt: 1, max_attempts: 1 },
});

interface Asked extends Partial<AgentOptions> {
  readonly command?: Command;
  readonly timeoutMs?: number;
}

type Outcome = NotStarted | (AgentEnd & { kind: "terminal" | AgentEnd["reason"]; event?: Event });

function start(behaviour: string, more: Partial<AgentOptions> = {}): ReturnType<typeof startAgent> {
  return startAgent({
    processes: nodeProcesses,
    clock: systemClock,
    disk: nodeDisk,
    secrets: new Secrets({ DEPLOY_TOKEN: "correct-horse" }),
    program: [process.execPath, fixture, behaviour, directory],
    identity: { agentType: "builder", taskId: "T-0042", snapshotId },
    cwd: directory,
    env: { PATH: process.env.PATH ?? "", DEPLOY_TOKEN: "correct-horse", STAGE: "prod" },
    stderrPath: path.join(directory, "stderr.log"),
    graceMs: 10_000,
    onMessage: (message) => void messages.push(message),
    onFault: (fault) => void faults.push(fault),
    ...more,
  });
}

/** The life of an agent that is asked one thing. */
async function hold(
  behaviour: string,
  { command: asked = command(), timeoutMs, ...more }: Asked = {},
): Promise<Outcome> {
  const agent = await start(behaviour, more);
  if (!("gone" in agent)) return agent;
  if (!(await agent.spoken)) return endOf(await agent.gone);
  const answer = await agent.ask(asked, timeoutMs);
  if (answer.kind === "unanswered") return endOf(await agent.gone);
  return { ...(await agent.end()), kind: "terminal", event: answer.event };
}

const endOf = (end: AgentEnd): Outcome => ({ ...end, kind: end.reason });

async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await new Promise((resolve) => setTimeout(resolve, 0));
  collect();
}

const codes = () => faults.map(({ code }) => code);
const written = (name: string) => fs.readFileSync(path.join(directory, name), "utf8");
const said = () =>
  messages.map((message) => {
    if (message.kind === "event") return message.event;
    return message.kind === "heartbeat" ? message.status : message.message;
  });

describe("a conversation with an agent", () => {
  it("ends with its terminal event, after which its stdin is closed and it ends by itself", async () => {
    const outcome = await hold("echoes the inputs", { command: command({ goal: "é", deep: [{ a: null }] }) });
    expect(outcome).toMatchObject({
      kind: "terminal",
      event: { event: "builder.completed", payload: { inputs: { goal: "é", deep: [{ a: null }] }, env: "prod" } },
      exit: { exitCode: 0, signal: null },
      faultCount: 0,
    });
  });

  it("hands on every message in order but the last, which is the answer, and keeps the diagnostics", async () => {
    await hold("progress");
    expect(said()).toEqual(["starting", "ready", "busy", "working \u001b[31mred", "builder.progress"]);
    expect(written("stderr.log")).toBe("diagnostics\n");
    expect(faults).toEqual([]);
  });

  it("appends the diagnostics of every process to one file", async () => {
    await hold("progress");
    await hold("progress");
    expect(written("stderr.log")).toBe("diagnostics\ndiagnostics\n");
  });

  it("ends with an error event as well", async () => {
    expect(await hold("fails")).toMatchObject({
      kind: "terminal",
      event: { event: "error", payload: { code: "NO_MONEY" } },
    });
  });

  it("sends a command that is larger than a pipe, and takes as much back", async () => {
    const goal = "x".repeat(200_000);
    const outcome = await hold("echoes the inputs", { command: command({ goal }) });
    expect(outcome).toMatchObject({ kind: "terminal", event: { payload: { inputs: { goal } } } });
  });

  it("takes nothing more from the agent before a message is done with, and loses none when the agent has ended", async () => {
    let open = 0;
    const rounds: unknown[] = [];
    const outcome = await hold("many messages", {
      onMessage: async (message) => {
        expect(++open).toBe(1);
        if (rounds.length % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 100));
        if (message.kind === "event") rounds.push(message.payload.round);
        open--;
      },
    });
    expect(outcome).toMatchObject({ kind: "terminal" });
    expect(rounds).toEqual([...Array(2_000).keys()]);
  });

  it("leaves nothing in memory of what was asked and answered, as long as the agent may live", async () => {
    const agent = await start("echoes the inputs");
    if (!("gone" in agent)) throw new Error(agent.message);
    await agent.spoken;
    const answers = [];
    for (const goal of ["first", "second", "third"]) {
      const answer = await agent.ask(command({ goal }), undefined);
      answers.push(new WeakRef(answer));
    }
    await collectGarbage();
    // The latest may still be in somebody's hands.
    expect(answers.slice(0, 2).map((answer) => answer.deref())).toEqual([undefined, undefined]);
    await agent.end();
  });

  it("lets others have their turn however much an agent prints at once", async () => {
    let time = 0;
    let turns = 0;
    const clock = {
      ...systemClock,
      // Every look at this clock is long after the one before.
      monotonicMs: () => {
        time += 20;
        return time;
      },
      soon: (action: () => void) => {
        turns++;
        systemClock.soon(action);
      },
    };
    expect(await hold("garbage", { clock })).toMatchObject({ kind: "terminal" });
    expect(turns).toBeGreaterThanOrEqual(faults.length + messages.length);
  });

  it("gives no more than its outcome when the agent cannot be started", async () => {
    const outcome = await hold("", { program: ["no-such-agent"] });
    expect(outcome).toMatchObject({
      kind: "not_started",
      code: "ENOENT",
      message: expect.stringContaining("no-such-agent"),
    });
  });

  it("is over, the agent killed, when a message cannot be recorded", async () => {
    const onMessage = (message: AgentMessage) => {
      if (message.kind === "heartbeat" && message.status === "busy") throw new Error("the disk is full");
    };
    await expect(hold("hangs", { onMessage, command: command({ beat: true }) })).rejects.toThrow("the disk is full");
    await expectToEnd(await pidIn(path.join(directory, "hangs")));
  });
});

describe("an agent that breaks the protocol", () => {
  it("is asked for a starting heartbeat, and works without one", async () => {
    expect(await hold("no starting heartbeat")).toMatchObject({ kind: "terminal" });
    expect(codes()).toEqual(["NO_STARTING_HEARTBEAT"]);
  });

  it("cannot end a command that was not sent yet", async () => {
    expect(await hold("event first")).toMatchObject({ kind: "terminal" });
    expect(codes()).toEqual(["NO_STARTING_HEARTBEAT", "EVENT_BEFORE_COMMAND"]);
    expect(said()).toEqual([]);
  });

  it("has each line that is no message told as a fault of its own", async () => {
    expect(await hold("garbage")).toMatchObject({ kind: "terminal", faultCount: 12 });
    expect(codes()).toEqual([
      "NOT_JSON",
      "NOT_UTF8",
      "DUPLICATE_MEMBER",
      "NUMBER_NOT_EXACT",
      "LONE_SURROGATE",
      "TOO_DEEP",
      "UNKNOWN_KIND",
      "UNKNOWN_KIND",
      "UNKNOWN_KIND",
      "UNKNOWN_KIND",
      "UNKNOWN_KIND",
      "INVALID_MESSAGE",
    ]);
    expect(faults.every(({ sentence }) => sentence.length <= 301)).toBe(true);
  });

  it("cannot speak for others, for runledger, for another command or snapshot, nor end a command twice", async () => {
    expect(await hold("forged")).toMatchObject({ kind: "terminal", event: { event: "builder.completed" } });
    expect(codes()).toEqual([
      "WRONG_AGENT",
      "WRONG_AGENT",
      "WRONG_TASK",
      "RESERVED_EVENT",
      "RESERVED_EVENT",
      "WRONG_CORRELATION",
      "WRONG_TASK",
      "VERSION_MISMATCH",
      "RESERVED_MEMBER",
      "INVALID_MESSAGE",
      "EVENT_AFTER_END",
      "SECOND_TERMINAL",
      "SECOND_TERMINAL",
    ]);
    expect(said()).toEqual(["starting", "stopping"]);
  });

  it("may send lines of 258,048 bytes; a longer one is skipped, be it 256 MiB long", async () => {
    const before = process.memoryUsage().rss;
    expect(await hold("oversize")).toMatchObject({ kind: "terminal" });
    expect(said()).toEqual(["starting", "builder.progress", "builder.progress"]);
    expect(faults.map(({ sentence }) => /\d+/.exec(sentence)?.[0])).toEqual(["258049", "268435457"]);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1_048_576);
  });

  it("without any end of line has said nothing", async () => {
    expect(await hold("oversize without end")).toMatchObject({ kind: "exited", exit: { exitCode: 0 } });
    expect(codes()).toEqual(["UNTERMINATED_LINE"]);
  });

  it("that floods faults has the first thousand told and all counted", async () => {
    expect(await hold("floods with faults")).toMatchObject({ kind: "terminal", faultCount: 50_000 });
    expect(faults).toHaveLength(1_000);
  });

  it("keeps a member named __proto__ in its payload", async () => {
    const outcome = await hold("own members");
    expect(JSON.stringify("event" in outcome && outcome.event.payload)).toBe('{"__proto__":{"a":1}}');
  });
});

describe("an agent that ends without a terminal event", () => {
  it("has exited, and the line in which it died is dropped", async () => {
    expect(await hold("dies mid-line")).toMatchObject({
      kind: "exited",
      exit: { exitCode: null, signal: "SIGKILL" },
    });
    expect(codes()).toEqual(["UNTERMINATED_LINE"]);
  });

  it("before its first message has not seen the command", async () => {
    expect(await hold("dies at once")).toMatchObject({ kind: "exited", exit: { exitCode: 3 } });
  });

  it("has exited when it closes its stdout", async () => {
    expect(await hold("closes stdout")).toMatchObject({ kind: "exited", exit: { exitCode: 7 } });
  });

  it("does not crash us by closing its stdin", async () => {
    expect(await hold("closes stdin")).toMatchObject({ kind: "exited", exit: { exitCode: 4 } });
  });

  it("is silent after three intervals without a byte, also when it has never said a word", async () => {
    const graceMs = 50;
    expect(await hold("mute", { heartbeatIntervalMs: 50, graceMs })).toMatchObject({
      kind: "silent",
    });
    const clock = triggeredClock(3 * 12_345);
    const asked = hold("silent after command", { heartbeatIntervalMs: 12_345, graceMs, clock });
    await until(() => messages.length === 1);
    await clock.trigger();
    expect(await asked).toMatchObject({ kind: "silent" });
  });

  it("is silent when it sends no message, whatever else it prints", async () => {
    expect(await hold("only garbage", { heartbeatIntervalMs: 1_000 })).toMatchObject({ kind: "silent" });
    expect(codes()).toContain("NOT_JSON");
  });
});

describe("an agent that has to be ended", () => {
  it("at its deadline is killed after the grace period, heartbeats or not", async () => {
    const clock = triggeredClock(deadlineMs);
    const asked = hold("hangs", { command: command({ beat: true }), timeoutMs: deadlineMs, graceMs: 100, clock });
    const pid = await pidIn(path.join(directory, "hangs"));
    await clock.trigger();
    expect(await asked).toMatchObject({ kind: "deadline", exit: { signal: "SIGKILL" } });
    expect(isRunning(pid)).toBe(false);
  });

  it("by the signal gets SIGTERM and may say that it has succeeded", async () => {
    const outcome = await stopped("builder.completed");
    expect(outcome).toMatchObject({ kind: "terminal", event: { event: "builder.completed" }, exit: { exitCode: 0 } });
  });

  it("by the signal does not make the step fail: its command is in doubt", async () => {
    expect(await stopped("error")).toMatchObject({ kind: "stopped" });
    expect(codes()).toEqual(["FAILED_WHILE_ENDED"]);
    expect(said()).not.toContain("error");
  });

  it("by the second signal is killed at once", async () => {
    const kill = new AbortController();
    const asked = hold("hangs", { killSignal: kill.signal, graceMs: 600_000 });
    await pidIn(path.join(directory, "hangs"));
    kill.abort();
    expect(await asked).toMatchObject({ kind: "stopped", exit: { signal: "SIGKILL" } });
  });

  it("because it stays after its terminal event is asked, then killed, and the event stands", async () => {
    const clock = triggeredClock(deadlineMs);
    const asked = hold("stays after the end", { graceMs: deadlineMs, clock });
    await clock.trigger();
    await until(() => fs.existsSync(path.join(directory, "terminated")));
    await clock.trigger();
    expect(await asked).toMatchObject({ kind: "terminal", exit: { signal: "SIGKILL" } });
  });

  it("takes the processes of its group with it", async () => {
    expect(await hold("leaves a child")).toMatchObject({ kind: "terminal" });
    await expectToEnd(await pidIn(path.join(directory, "child")));
  });

  it("is not waited for where a daemon of it keeps its pipes", async () => {
    expect(await hold("leaves a daemon")).toMatchObject({ kind: "terminal" });
    process.kill(await pidIn(path.join(directory, "child")), "SIGKILL");
  });

  async function stopped(answer: string): Promise<Outcome> {
    const stop = new AbortController();
    const asked = hold("ends on SIGTERM", { command: command({ answer }), signal: stop.signal });
    await until(() => fs.existsSync(path.join(directory, "ready")));
    stop.abort();
    return asked;
  }
});

describe("what an agent says of secrets", () => {
  it("reaches neither messages, faults nor diagnostics", async () => {
    const outcome = await hold("tells secrets");
    expect(outcome).toMatchObject({
      kind: "terminal",
      event: { payload: { answer: "it is [redacted:DEPLOY_TOKEN]." } },
    });
    expect(JSON.stringify([outcome, messages, faults]) + written("stderr.log")).not.toContain("correct-horse");
    expect(written("stderr.log")).toBe("stderr [redacted:DEPLOY_TOKEN]\n");
    expect(codes()).toEqual(["NOT_JSON"]);
  });
});

describe("the diagnostics of an agent", () => {
  it("are kept up to 16 MiB, and the file says how much is missing", async () => {
    expect(await hold("much stderr")).toMatchObject({ kind: "terminal" });
    const log = written("stderr.log");
    const missing = 8 * 1_048_576;
    expect(log.slice(16 * 1_048_576)).toBe(
      `\n[runledger: ${missing} more bytes are not kept; the limit is 16777216 a process]\n`,
    );
  });

  it("that cannot be written are lost, and nothing else is", async () => {
    const stderrPath = path.join(directory, "no", "such", "directory");
    expect(await hold("progress", { stderrPath })).toMatchObject({ kind: "terminal" });
    expect(codes()).toEqual(["STDERR_LOST"]);
  });
});
