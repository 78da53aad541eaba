import { errnoOf, RunledgerError } from "../errors.ts";
import { refuseReservedMembers } from "../objects/reserved-members.ts";
import type { Command } from "../protocol/command.ts";
import type { Event } from "../protocol/event.ts";
import { isTerminal } from "../protocol/event-names.ts";
import { maxAgentLineBytes } from "../protocol/limits.ts";
import type { AgentEnd, AgentOptions, Answer, CommandAttempt } from "./agent-options.ts";
import { type Fault, Faults } from "./faults.ts";
import { type Line, LineSplitter } from "./line-splitter.ts";
import { Liveness } from "./liveness.ts";
import { type AgentMessage, isFault, loadMessageReader, type MessageReader } from "./message-reader.ts";
import { faultOf } from "./message-rules.ts";
import type { Child, Exit } from "./processes.ts";
import { readPipe } from "./read-pipe.ts";
import { RecordedMessages } from "./recorded-messages.ts";
import { redactedMessage } from "./redacted-message.ts";
import { isStarted, type NotStarted, startChild } from "./start-child.ts";
import { StderrLog } from "./stderr-log.ts";
import { Supervision } from "./supervision.ts";

/** Agents say that they live so often, unless told otherwise. */
const defaultHeartbeatIntervalMs = 10_000;
/** An agent that prints without a pause is worked on so long before timers, signals and other agents have their turn. */
const turnMs = 10;
/** An agent that has closed one of its pipes is of no more use: it may take so long to end by itself. */
const closedPipeMs = 1_000;

/** Starts an agent. It is asked nothing before it has {@link AgentProcess.spoken}. */
export async function startAgent(options: AgentOptions): Promise<AgentProcess | NotStarted> {
  const read = await loadMessageReader();
  const { program, cwd, env } = options;
  const child = await startChild(options.processes, program, { cwd, env, stdin: "pipe" });
  return isStarted(child) ? new AgentProcess(options, child, read) : child;
}

interface Asked {
  readonly command: Command;
  readonly attempt: CommandAttempt;
  /** Calls the deadline off and tells whoever asked. */
  settle(answer: Answer): void;
}

/** The life of one process that speaks NDJSON: it answers one command after the other. */
export class AgentProcess {
  /** Settles when the process and its group are gone. Rejects with what `onMessage` or `onFault` threw. */
  readonly gone: Promise<AgentEnd>;
  /** True when its first message has come; false if it ended without one. */
  readonly spoken: Promise<boolean>;
  readonly #options: AgentOptions;
  readonly #child: Child;
  readonly #read: MessageReader;
  readonly #faults: Faults;
  readonly #supervision: Supervision;
  readonly #liveness: Liveness;
  readonly #recorded: RecordedMessages;
  readonly #lines = new LineSplitter(maxAgentLineBytes);
  /** What it has answered, by correlation_id. */
  readonly #answered = new Map<string, CommandAttempt>();
  #asked: Asked | undefined;
  #undelivered: Error | undefined;
  #hasExited = false;
  #hasSpoken = false;
  #isGone = false;
  #isTold = false;
  #tellSpoken: (spoken: boolean) => void = () => {};

  constructor(options: AgentOptions, child: Child, read: MessageReader) {
    const { clock, secrets, heartbeatIntervalMs = defaultHeartbeatIntervalMs } = options;
    this.#options = options;
    this.#child = child;
    this.#read = read;
    this.#faults = new Faults(
      (text) => secrets.redactText(text),
      ({ about, ...fault }) => options.onFault(fault, this.#answered.get(about ?? "") ?? this.#asked?.attempt),
    );
    this.#supervision = new Supervision(child, clock, options);
    this.#liveness = new Liveness(clock, heartbeatIntervalMs, () => this.#supervision.end("silent"));
    this.#recorded = new RecordedMessages(clock);
    this.spoken = new Promise((resolve) => {
      this.#tellSpoken = resolve;
    });
    void child.exited.then(() => {
      this.#hasExited = true;
    });
    this.gone = this.#live();
    // One for all commands: each of its own would hold what was asked and answered as long as the agent lives.
    const leave = () => {
      this.#isGone = true;
      this.#asked?.settle({ kind: "unanswered" });
    };
    this.gone.then(leave, leave);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** It has ended, or is being ended: it will not answer another command. */
  get isLeaving(): boolean {
    return this.#hasExited || this.#isTold || this.#supervision.reason !== undefined;
  }

  /** Sends `command`, one at a time, after the agent has spoken. `timeoutMs` from now on; none if undefined. */
  ask(command: Command, timeoutMs: number | undefined): Promise<Answer> {
    this.#recorded.begin();
    return new Promise((resolve) => {
      const callOff = timeoutMs === undefined ? () => {} : this.#supervision.endAfter(timeoutMs, "deadline");
      this.#asked = {
        command,
        attempt: attemptOf(command),
        settle: (answer) => {
          this.#asked = undefined;
          callOff();
          resolve(answer);
        },
      };
      this.#child.stdin?.write(`${JSON.stringify(command)}\n`, (error) => void (error && this.#fail(error)));
      if (this.#isGone) this.#asked.settle({ kind: "unanswered" });
    });
  }

  /** The end of its stdin tells it to end; after the grace period it is asked, then forced. */
  end(): Promise<AgentEnd> {
    this.#isTold = true;
    this.#liveness.close();
    this.#child.stdin?.end();
    this.#supervision.expectExit();
    return this.gone;
  }

  async #live(): Promise<AgentEnd> {
    try {
      const [listened, kept] = await Promise.allSettled([this.#listen(), this.#keepDiagnostics()]);
      if (listened.status === "rejected") throw listened.reason;
      if (kept.status === "rejected") throw kept.reason;
      if (kept.value !== undefined) await this.#tellStderrLost(kept.value);
      const exit = await this.#child.exited;
      return { exit, reason: this.#reasonOf(exit), faultCount: this.#faults.count };
    } finally {
      await this.#child.exited;
      this.#supervision.close();
      // What an agent leaves running would go on with the step while its command is sent again.
      this.#child.endGroup("SIGKILL");
      this.#tellSpoken(false);
    }
  }

  async #listen(): Promise<void> {
    try {
      await this.#readPipe("stdout", (chunk) => this.#takeChunk(chunk));
      this.#supervision.expectExit(closedPipeMs);
      await this.#lastFaults();
    } catch (error) {
      this.#supervision.kill("stopped");
      throw error;
    } finally {
      this.#liveness.close();
      this.#child.stdin?.end();
    }
  }

  async #lastFaults(): Promise<void> {
    const rest = this.#lines.unfinishedBytes;
    if (rest > 0)
      await this.#faults.add({
        code: "UNTERMINATED_LINE",
        sentence: `the last ${rest} bytes have no end of line; they are dropped`,
      });
    if (this.#undelivered === undefined || this.#asked === undefined) return;
    await this.#faults.add({
      code: "COMMAND_NOT_DELIVERED",
      sentence: `the agent closed its stdin (${errnoOf(this.#undelivered)})`,
    });
  }

  /** The error of the file, if it could not be written. */
  async #keepDiagnostics(): Promise<unknown> {
    const log = new StderrLog(this.#options.disk, this.#options.stderrPath, this.#options.secrets);
    await this.#readPipe("stderr", (chunk) => log.write(chunk));
    return log.close();
  }

  #tellStderrLost(failure: unknown): Promise<void> {
    const sentence = `${this.#options.stderrPath} could not be written (${errnoOf(failure)})`;
    return this.#faults.add({ code: "STDERR_LOST", sentence });
  }

  #readPipe(name: "stdout" | "stderr", take: (chunk: Uint8Array) => void | Promise<void>): Promise<void> {
    const child = this.#child;
    const patienceMs = () => this.#supervision.patienceMs();
    return readPipe({ stream: child[name], child, clock: this.#options.clock, patienceMs, take });
  }

  async #takeChunk(chunk: Uint8Array): Promise<void> {
    const { clock } = this.#options;
    this.#liveness.busy();
    let turnStartedMs = clock.monotonicMs();
    for (const line of this.#lines.push(chunk)) {
      await this.#takeLine(line);
      if (clock.monotonicMs() - turnStartedMs < turnMs) continue;
      await new Promise<void>((resolve) => clock.soon(resolve));
      turnStartedMs = clock.monotonicMs();
    }
    this.#liveness.listening();
    free(chunk);
  }

  async #takeLine(line: Line): Promise<void> {
    if ("oversizeBytes" in line) {
      const sentence = `a line of ${line.oversizeBytes} bytes; at most ${maxAgentLineBytes} are allowed`;
      return this.#faults.add({ code: "OVERSIZE_LINE", sentence });
    }
    if (isBlank(line.bytes)) return;
    const read = this.#read(line.bytes);
    if (isFault(read)) return this.#faults.add(read);
    this.#liveness.heard();
    if (!this.#hasSpoken) await this.#begin(read);
    await this.#takeMessage(read, line.bytes.length);
    this.#tellSpoken(true);
  }

  async #begin(first: AgentMessage): Promise<void> {
    this.#hasSpoken = true;
    if (first.kind === "heartbeat" && first.status === "starting") return;
    const sentence = `the first message is no heartbeat "starting", but a ${first.kind}`;
    await this.#faults.add({ code: "NO_STARTING_HEARTBEAT", sentence });
  }

  async #takeMessage(message: AgentMessage, sizeBytes: number): Promise<void> {
    const asked = this.#asked;
    const isEnding = this.#supervision.reason !== undefined;
    const talk = { command: asked?.command, answered: this.#answered, isEnding };
    const fault = faultOf(message, this.#options.identity, talk) ?? reservedMember(message);
    if (fault !== undefined) return this.#faults.add(fault);
    const redacted = redactedMessage(message, this.#options.secrets);
    if (asked !== undefined && redacted.kind === "event" && isTerminal(asked.command.action, redacted.event)) {
      return this.#answer(asked, redacted);
    }
    const choice = this.#recorded.choose(redacted, sizeBytes);
    if (choice === "record") await this.#options.onMessage(redacted, asked?.attempt);
    else if (choice === "last") await this.#faults.add(tooManyMessages);
  }

  /** Whoever asked has a turn to record the answer before more is read. */
  async #answer(asked: Asked, event: Event): Promise<void> {
    this.#answered.set(asked.attempt.correlationId, asked.attempt);
    this.#recorded.answered();
    asked.settle({ kind: "terminal", event });
    await new Promise<void>((resolve) => this.#options.clock.soon(resolve));
  }

  /** EPIPE: it has closed its stdin. How it ends decides, and it is not waited for long. */
  #fail(error: Error): void {
    this.#undelivered ??= error;
    this.#supervision.expectExit(closedPipeMs);
  }

  #reasonOf({ exitCode }: Exit): AgentEnd["reason"] {
    if (this.#supervision.reason !== undefined) return this.#supervision.reason;
    if (this.#isTold) return "told";
    return exitCode === 0 && this.#asked === undefined && this.#answered.size > 0 ? "left" : "exited";
  }
}

const tooManyMessages: Fault = {
  code: "TOO_MANY_MESSAGES",
  sentence: "more than 10,000 messages or 16 MiB about one command: what follows is not recorded, but for its end",
};

function attemptOf({ correlation_id: correlationId, step, action, retry }: Command): CommandAttempt {
  return { correlationId, step, action, attempt: retry.attempt };
}

/** A flood leaves its chunks behind faster than they are collected: the memory of one that is done with is given back at once. */
function free({ buffer, length }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0);
}

/** Spaces and the CR of other systems: NDJSON lets a reader skip such a line. */
function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}

/** A value that looks like one of ours (an object's reference) would be taken for it when it is read back. */
function reservedMember(message: AgentMessage): { code: "RESERVED_MEMBER"; sentence: string } | undefined {
  try {
    refuseReservedMembers(message, { allowEnv: false });
    return undefined;
  } catch (error) {
    if (error instanceof RunledgerError) return { code: "RESERVED_MEMBER", sentence: error.message };
    throw error;
  }
}
