import { secretsVariable } from "../agent/environment.ts";
import { LineSplitter } from "../agent/line-splitter.ts";
import { Secrets } from "../agent/secrets.ts";
import type { Host } from "../durable/host.ts";
import type { Command } from "../protocol/command.ts";
import { Answers } from "./answers.ts";
import type { AgentHandler } from "./handler.ts";
import { commandIn } from "./incoming.ts";
import { durableMemory, forgetfulMemory, type Memory } from "./memory.ts";
import { requireSpeaker, type Speaker } from "./speaker.ts";
import type { Surroundings } from "./surroundings.ts";
import { Voice } from "./voice.ts";

/** A command is a task's inputs with secrets put in; what is longer is no command. */
const maxCommandBytes = 16 * 1_048_576;

export interface ServiceOptions extends Speaker {
  readonly surroundings: Surroundings;
  /** Undefined: the agent cannot do the action of that command. `voice` can say what no handler should. */
  handlerOf(command: Command, voice: Voice): AgentHandler | undefined;
  /** For the error about an action that the agent cannot do. */
  readonly actions: readonly string[];
  /** Undefined: there is no heartbeat but the first, without which no command would come. */
  readonly heartbeatIntervalMs: number | undefined;
  readonly graceMs: number;
  readonly onStop?: (() => Promise<void> | void) | undefined;
}

/** The life of one agent process. */
export class AgentService {
  readonly #options: ServiceOptions;
  readonly #surroundings: Surroundings;
  readonly #voice: Voice;
  readonly #answers: Answers;
  readonly #lines = new LineSplitter(maxCommandBytes);
  #stopping = false;
  #callOffHeartbeat: () => void = () => {};

  constructor(options: ServiceOptions) {
    const { surroundings } = options;
    const { disk, host } = surroundings;
    requireSpeaker(options);
    this.#options = options;
    this.#surroundings = surroundings;
    this.#voice = new Voice(surroundings, options);
    this.#answers = new Answers({
      surroundings,
      voice: this.#voice,
      memory: memoryOf(surroundings),
      secrets: new Secrets(host.environment, (host.environment[secretsVariable] ?? "").split(" ")),
      workspace: disk.realPath(host.directory),
      owner: ownerOf(surroundings),
      handlerOf: (command) => options.handlerOf(command, this.#voice),
      actions: options.actions,
      onActivity: () => this.#sayStatus(),
    });
  }

  /** Never resolves before the process is told to end. */
  async serve(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#listen(resolve));
    this.#voice.heartbeat("starting");
    this.#warnIfForgetful();
    this.#sayStatus();
    await stopped;
    await this.#stop();
  }

  #listen(stop: () => void): void {
    const { stdin, stdout, onTerminate } = this.#surroundings;
    stdin.on("data", (chunk: Uint8Array) => this.#takeChunk(chunk));
    stdin.on("end", stop);
    stdin.on("error", stop);
    // Nobody reads what it says. Without a listener this would be a crash.
    stdout.on("error", stop);
    onTerminate(() => {
      this.#answers.abort("the agent got SIGTERM");
      stop();
    });
  }

  #takeChunk(chunk: Uint8Array): void {
    for (const line of this.#lines.push(chunk)) {
      if (this.#stopping) return;
      const command = "bytes" in line ? commandIn(line.bytes) : `it has ${line.oversizeBytes} bytes`;
      if (typeof command === "string") this.#complain(`a line of stdin is no command: ${command}`);
      else this.#take(command);
    }
  }

  #take(command: Command): void {
    const { type, surroundings } = this.#options;
    const called = command.to.agent_type;
    if (called === type) {
      this.#answers.take(command);
      return;
    }
    // Whatever it said would be taken for a forgery: a quick end helps more than silence.
    this.#complain(`this agent is of the type ${type}, and the task calls it ${called}: give both the same name`);
    surroundings.exit(2);
  }

  #warnIfForgetful(): void {
    if (stateDirectoryOf(this.#surroundings.host)) return;
    this.#complain(`${stateVariable} is not set: what this agent does is forgotten when it ends`);
  }

  #complain(sentence: string): void {
    this.#surroundings.stderr.write(`${this.#options.type}: ${sentence}\n`);
  }

  /** At once, and then so often. */
  #sayStatus(): void {
    const { heartbeatIntervalMs } = this.#options;
    this.#callOffHeartbeat();
    if (heartbeatIntervalMs === undefined || this.#stopping) return;
    this.#voice.heartbeat(this.#answers.isBusy ? "busy" : "ready");
    this.#callOffHeartbeat = this.#surroundings.clock.after(heartbeatIntervalMs, () => this.#sayStatus());
  }

  /** What runs may end within the grace period; what it has come to is remembered, though perhaps nobody hears it. */
  async #stop(): Promise<void> {
    const { stdin, stdout, exit, clock } = this.#surroundings;
    this.#stopping = true;
    this.#callOffHeartbeat();
    stdin.pause();
    const over = new Promise<void>((resolve) => void clock.after(this.#options.graceMs, resolve));
    await Promise.race([this.#ended(), over]);
    this.#answers.abort("the grace period is over");
    if (this.#options.heartbeatIntervalMs !== undefined) this.#voice.heartbeat("stopping");
    stdout.write("", () => exit(0));
  }

  async #ended(): Promise<void> {
    await this.#answers.ended();
    try {
      await this.#options.onStop?.();
    } catch (error) {
      this.#complain(`its clean-up failed: ${String(error)}`);
    }
  }
}

const stateVariable = "RUNLEDGER_AGENT_STATE";

/** Where this process may remember, if it was started by a run. */
export function stateDirectoryOf({ environment }: Host): string | undefined {
  return environment[stateVariable] || undefined;
}

function memoryOf(surroundings: Surroundings): Memory {
  const { disk, randomness, host } = surroundings;
  const directory = stateDirectoryOf(host);
  if (directory === undefined) return forgetfulMemory();
  return durableMemory(disk, randomness, directory, ownerOf(surroundings));
}

function ownerOf({ host }: Surroundings): string {
  return host.environment["RUNLEDGER_RUN_ID"] ?? "agent";
}
