import { errnoOf, RunledgerError } from "../errors.ts";
import { refuseReservedMembers } from "../objects/reserved-members.ts";
import type { Event } from "../protocol/event.ts";
import { isTerminal } from "../protocol/event-names.ts";
import { maxAgentLineBytes } from "../protocol/limits.ts";
import type { ConversationOutcome, ConverseOptions } from "./converse-options.ts";
import { Faults } from "./faults.ts";
import { type Line, LineSplitter } from "./line-splitter.ts";
import { Liveness } from "./liveness.ts";
import { type AgentMessage, isFault, type MessageReader } from "./message-reader.ts";
import { faultOf } from "./message-rules.ts";
import type { Child, Exit } from "./processes.ts";
import { readPipe } from "./read-pipe.ts";
import { redactedMessage } from "./redacted-message.ts";
import { StderrLog } from "./stderr-log.ts";
import { Supervision } from "./supervision.ts";

/** Agents say that they live so often, unless told otherwise. */
const defaultHeartbeatIntervalMs = 10_000;
/** An agent that prints without a pause is worked on so long before timers, signals and other agents have their turn. */
const turnMs = 10;

/** The life of one agent process and what is said in it. */
export class Conversation {
  readonly #options: ConverseOptions;
  readonly #child: Child;
  readonly #read: MessageReader;
  readonly #faults: Faults;
  readonly #supervision: Supervision;
  readonly #liveness: Liveness;
  readonly #lines = new LineSplitter(maxAgentLineBytes);
  #spoken = false;
  #commandSent = false;
  #undelivered: unknown;
  #terminal: Event | undefined;

  constructor(options: ConverseOptions, child: Child, read: MessageReader) {
    const { clock, secrets, heartbeatIntervalMs = defaultHeartbeatIntervalMs } = options;
    this.#options = options;
    this.#child = child;
    this.#read = read;
    this.#faults = new Faults((text) => secrets.redactText(text), options.onFault);
    this.#supervision = new Supervision(child, clock, options);
    this.#liveness = new Liveness(clock, heartbeatIntervalMs, () => this.#supervision.end("silent"));
  }

  /** Resolves when the agent and its group are gone. */
  async hold(): Promise<ConversationOutcome> {
    try {
      const [listened, kept] = await Promise.allSettled([this.#listen(), this.#keepDiagnostics()]);
      if (listened.status === "rejected") throw listened.reason;
      if (kept.status === "rejected") throw kept.reason;
      if (kept.value !== undefined) await this.#tellStderrLost(kept.value);
      return this.#outcome(await this.#child.exited);
    } finally {
      await this.#child.exited;
      this.#supervision.close();
      // What an agent leaves running would go on with the step while its command is answered, or sent again.
      this.#child.endGroup("SIGKILL");
    }
  }

  async #listen(): Promise<void> {
    try {
      this.#options.onStarted?.(this.#child.pid);
      await this.#readPipe("stdout", (chunk) => this.#takeChunk(chunk));
      await this.#farewell();
    } catch (error) {
      this.#supervision.kill("stopped");
      throw error;
    } finally {
      this.#liveness.close();
    }
  }

  /** The error of the file, if it could not be written. */
  async #keepDiagnostics(): Promise<unknown> {
    const log = new StderrLog(this.#options.disk, this.#options.stderrPath, this.#options.secrets);
    await this.#readPipe("stderr", (chunk) => log.write(chunk));
    return log.close();
  }

  #tellStderrLost(failure: unknown): Promise<void> {
    return this.#faults.add("STDERR_LOST", `${this.#options.stderrPath} could not be written (${errnoOf(failure)})`);
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
  }

  async #takeLine(line: Line): Promise<void> {
    if ("oversizeBytes" in line) {
      const sentence = `a line of ${line.oversizeBytes} bytes; at most ${maxAgentLineBytes} are allowed`;
      return this.#faults.add("OVERSIZE_LINE", sentence);
    }
    if (isBlank(line.bytes)) return;
    const read = this.#read(line.bytes);
    if (isFault(read)) return this.#faults.add(read.code, read.sentence);
    if (!this.#spoken) await this.#begin(read);
    await this.#takeMessage(read);
    if (!this.#commandSent) this.#sendCommand();
  }

  async #begin(first: AgentMessage): Promise<void> {
    this.#spoken = true;
    this.#liveness.spoken();
    if (first.kind === "heartbeat" && first.status === "starting") return;
    await this.#faults.add(
      "NO_STARTING_HEARTBEAT",
      `the first message is no heartbeat "starting", but a ${first.kind}`,
    );
  }

  async #takeMessage(message: AgentMessage): Promise<void> {
    const { command, secrets } = this.#options;
    const state = {
      commanded: this.#commandSent,
      ended: this.#terminal !== undefined,
      ending: this.#supervision.reason !== undefined,
    };
    const fault = faultOf(message, command, state) ?? reservedMember(message);
    if (fault !== undefined) return this.#faults.add(fault.code, fault.sentence);
    const redacted = redactedMessage(message, secrets);
    await this.#options.onMessage(redacted);
    if (redacted.kind === "event" && isTerminal(command.action, redacted.event)) this.#end(redacted);
  }

  #sendCommand(): void {
    this.#commandSent = true;
    // A broken pipe is no accident here: how the agent ends decides.
    this.#child.stdin?.write(`${JSON.stringify(this.#options.command)}\n`, (error) => {
      if (error) this.#undelivered = error;
    });
  }

  #end(event: Event): void {
    this.#terminal = event;
    this.#liveness.close();
    this.#bidFarewell();
  }

  /** The end of its stdin tells an agent to end. */
  #bidFarewell(): void {
    this.#child.stdin?.end();
    this.#supervision.expectExit();
  }

  /** Its stdout is closed. */
  async #farewell(): Promise<void> {
    this.#liveness.close();
    this.#bidFarewell();
    const rest = this.#lines.unfinishedBytes;
    if (rest > 0)
      await this.#faults.add("UNTERMINATED_LINE", `the last ${rest} bytes have no end of line; they are dropped`);
    if (this.#undelivered === undefined || this.#terminal !== undefined) return;
    await this.#faults.add("COMMAND_NOT_DELIVERED", `the agent closed its stdin (${errnoOf(this.#undelivered)})`);
  }

  #outcome(exit: Exit): ConversationOutcome {
    const end = { exit, commandSent: this.#commandSent, faultCount: this.#faults.count };
    if (this.#terminal !== undefined) return { kind: "terminal", event: this.#terminal, ...end };
    return { kind: this.#supervision.reason ?? "exited", ...end };
  }
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
