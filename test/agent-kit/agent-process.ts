import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { afterEach, beforeEach, expect } from "vitest";
import { type Command, commandSchema } from "../../src/protocol/command.ts";
import { type Event, eventSchema } from "../../src/protocol/event.ts";
import { type Heartbeat, heartbeatSchema } from "../../src/protocol/heartbeat.ts";
import { type Log, logSchema } from "../../src/protocol/log.ts";

type Message = Event | Heartbeat | Log;
const schemas = { event: eventSchema, heartbeat: heartbeatSchema, log: logSchema };

/** The program of an agent and its arguments. */
export type Program = readonly string[];

const fixture = (name: string) => path.join(import.meta.dirname, "fixtures", name);
export const typescriptAgent: Program = [process.execPath, fixture("counting.mjs")];
export const pythonAgent: Program = ["python3", fixture("counting.py")];

/** Two agents that do the same. */
export const programs: readonly (readonly [string, Program])[] = [
  ["with the kit", typescriptAgent],
  ["in Python", pythonAgent],
];

const pythonIsMissing = spawnSync("python3", ["--version"]).status !== 0;

/** Skips a test of `program` if this machine cannot run it, saying why. */
export function skipWithoutPython(skip: (condition: boolean, why: string) => void, program = pythonAgent): void {
  skip(pythonIsMissing && program === pythonAgent, "there is no python3 on this machine");
}

export const someKey = `ik:${"0".repeat(64)}`;

/** A command for the action `count` of the fixtures, which leaves one byte in `counters/<name>`. */
export function command(changes: Partial<Command> = {}): Command {
  return commandSchema.parse({
    kind: "command",
    message_id: crypto.randomUUID(),
    correlation_id: "the-correlation",
    task_id: "T-0042",
    step: "count",
    idempotency_key: someKey,
    to: { agent_type: "counter" },
    action: "count",
    inputs: { name: "first" },
    expected_outputs: [],
    version: { snapshot_id: "snap-4f53cda18c2b" },
    retry: { attempt: 1, max_attempts: 3 },
    ...changes,
  });
}

export const attempt = (number: number) => ({ retry: { attempt: number, max_attempts: 9 } });

/** A workspace in which agents are started for each test, all of them ended after it. */
export function givenAgents(): { workspace(): AgentWorkspace } {
  let workspace: AgentWorkspace;
  beforeEach(() => {
    workspace = new AgentWorkspace();
  });
  afterEach(() => workspace.remove());
  return { workspace: () => workspace };
}

export class AgentWorkspace {
  readonly directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "runledger-kit-")));
  readonly #agents: AgentProcess[] = [];

  constructor() {
    fs.mkdirSync(this.path("counters"));
  }

  path(...parts: string[]): string {
    return path.join(this.directory, ...parts);
  }

  read(file: string): string {
    return fs.readFileSync(this.path(file), "utf8");
  }

  /** Where the agents of `run` remember: as a run makes it. */
  state(run = "run-1"): string {
    const state = this.path(".runledger/runs", run, "agents/counter");
    fs.mkdirSync(state, { recursive: true });
    return state;
  }

  /** How often the effect of that name happened. */
  effects(name = "first"): number {
    const file = this.path("counters", name);
    return fs.existsSync(file) ? fs.statSync(file).size : 0;
  }

  start(program: Program, settings: { run?: string; env?: Record<string, string> } = {}): AgentProcess {
    const { run = "run-1", env = {} } = settings;
    const variables = { RUNLEDGER_AGENT_STATE: this.state(run), RUNLEDGER_RUN_ID: run, ...env };
    const agent = new AgentProcess(program, this.directory, variables);
    this.#agents.push(agent);
    return agent;
  }

  async remove(): Promise<void> {
    for (const agent of this.#agents) agent.kill();
    await Promise.all(this.#agents.map(({ ended }) => ended));
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

/** An agent that a test talks to as runledger does. Whatever it says is judged by the schemas. */
export class AgentProcess {
  readonly child: ChildProcess;
  readonly messages: Message[] = [];
  readonly ended: Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>;
  stderr = "";
  #hasEnded = false;

  constructor([program = "", ...words]: Program, cwd: string, env: Record<string, string>) {
    const { RUNLEDGER_AGENT_STATE: _, ...inherited } = process.env;
    this.child = spawn(program, words, { cwd, env: { ...inherited, ...env } });
    this.child.stdin?.on("error", () => {});
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    const lines = readline.createInterface({ input: this.child.stdout as NonNullable<ChildProcess["stdout"]> });
    lines.on("line", (line) => this.messages.push(judged(line)));
    this.ended = once(this.child, "close").then(([exitCode, signal]) => {
      this.#hasEnded = true;
      return { exitCode, signal };
    });
  }

  send(...commands: Command[]): void {
    this.write(commands.map((each) => `${JSON.stringify(each)}\n`).join(""));
  }

  write(text: string): void {
    this.child.stdin?.write(text);
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.child.kill(signal);
  }

  get events(): Event[] {
    return this.messages.filter((message) => message.kind === "event");
  }

  /** The terminal events: all that the agents of these tests report, but for progress. */
  get answers(): Event[] {
    return this.events.filter(({ event }) => !event.endsWith(".progress"));
  }

  get statuses(): string[] {
    return this.messages.flatMap((message) => (message.kind === "heartbeat" ? [message.status] : []));
  }

  /** Resolves when so many commands are answered; rejects if the agent ends before. */
  async answered(count = 1): Promise<Event> {
    await this.until(() => this.answers.length >= count);
    return this.answers[count - 1] as Event;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#hasEnded && !condition()) throw new Error(`the agent has ended; it said ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Sends one command, ends stdin, and gives the answer. */
  async ask(asked: Command): Promise<Event> {
    this.send(asked);
    const answer = await this.answered();
    this.child.stdin?.end();
    await this.ended;
    return answer;
  }
}

function judged(line: string): Message {
  const message = JSON.parse(line) as Message;
  expect(schemas[message.kind].safeParse(message).error?.issues, line).toBeUndefined();
  return message;
}
