import { hashArtifacts } from "../agent/artifacts.ts";
import type { Secrets } from "../agent/secrets.ts";
import { canonicalJson } from "../idempotency/canonical.ts";
import { parseJson } from "../idempotency/parse-json.ts";
import { timestamp } from "../ports.ts";
import type { Command } from "../protocol/command.ts";
import { isReserved, isTerminal, terminalEvents } from "../protocol/event-names.ts";
import type { Artifact } from "../protocol/fields.ts";
import { failure, failurePayload } from "./failure.ts";
import type { AgentAnswer, AgentCommand, AgentHandler } from "./handler.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Saying, Voice } from "./voice.ts";
import { writeWorkspaceFile } from "./workspace-file.ts";

/** Progress beyond this is said and not remembered; how a command ended always is. */
const maxRememberedBytes = 1_048_576;
/** A longer delay (24.8 days) would make Node's timers fire at once. */
const longestTimerMs = 2_147_483_647;

export interface PerformanceOptions {
  readonly surroundings: Surroundings;
  readonly voice: Voice;
  readonly secrets: Secrets;
  /** Absolute, symlinks resolved. */
  readonly workspace: string;
  /** See `replaceFile`. */
  readonly owner: string;
  readonly command: Command;
  readonly mayHaveHappened: boolean;
}

/** One time that a handler does a command. */
export class Performance {
  readonly #options: PerformanceOptions;
  readonly #stop = new AbortController();
  readonly #said: Saying[] = [];
  readonly #artifacts = new Set<string>();
  #saidBytes = 0;
  #isOver = false;

  constructor(options: PerformanceOptions) {
    this.#options = options;
  }

  /** The agent is to end. */
  abort(reason: string): void {
    this.#stop.abort(failure("AGENT_STOPPED", reason));
  }

  /**
   * What the handler has said, the terminal event last; that one is not said yet. Undefined if it threw after the agent
   * was told to end: nobody knows then whether the command failed.
   */
  async perform(handler: AgentHandler): Promise<Saying[] | undefined> {
    const callOff = this.#armDeadline();
    try {
      const answer = (await handler(this.#handed())) ?? {};
      return [...this.#said, this.#checked(this.#terminal(answer))];
    } catch (error) {
      if (this.#stop.signal.aborted && isStopped(this.#stop.signal.reason)) return undefined;
      return [...this.#said, this.#saying("error", "failed", failurePayload(error))];
    } finally {
      this.#isOver = true;
      callOff();
    }
  }

  #armDeadline(): () => void {
    const { deadline } = this.#options.command;
    const { clock } = this.#options.surroundings;
    const leftMs = deadline === undefined ? Number.NaN : Date.parse(deadline) - clock.now();
    if (Number.isNaN(leftMs) || leftMs > longestTimerMs) return () => {};
    return clock.after(Math.max(0, leftMs), () => {
      this.#stop.abort(failure("DEADLINE", `the deadline ${deadline} has passed`));
    });
  }

  #handed(): AgentCommand {
    const { command, voice, mayHaveHappened } = this.#options;
    // What runledger adds says whose inputs they are, and may not be repeated in an answer.
    const { $runledger: _, ...inputs } = command.inputs;
    return {
      action: command.action,
      taskId: command.task_id,
      step: command.step,
      key: command.idempotency_key,
      inputs,
      expectedOutputs: command.expected_outputs,
      snapshotId: command.version.snapshot_id,
      attempt: command.retry.attempt,
      maxAttempts: command.retry.max_attempts,
      ...(command.deadline === undefined ? {} : { deadline: new Date(command.deadline) }),
      mayHaveHappened,
      signal: this.#stop.signal,
      log: (message, fields, level = "info") => voice.log(level, message, fields),
      event: (name, payload = {}) => this.#progress(name, payload),
      writeFile: (path, content) => this.#writeFile(path, content),
      artifact: (path) => void this.#artifacts.add(path),
    };
  }

  #progress(name: string, payload: Readonly<Record<string, unknown>>): void {
    const { command, voice } = this.#options;
    if (this.#isOver) {
      voice.log("warn", `${command.step}: ${name} was reported after the handler had ended, and is left out`);
      return;
    }
    if (!/^[a-z][a-z0-9_.-]{0,127}$/.test(name) || isReserved(name)) {
      throw failure("EVENT_NAME_INVALID", `${JSON.stringify(name)} cannot be the name of an agent's event`);
    }
    if (isTerminal(command.action, name)) {
      throw failure("EVENT_NAME_INVALID", `${name} ends the command: return it, { event: "${name}" }`);
    }
    const { status: _, ...saying } = this.#saying(name, "", payload);
    const line = voice.eventLine(command, saying);
    voice.event(command, saying);
    this.#saidBytes += Buffer.byteLength(line);
    if (this.#saidBytes <= maxRememberedBytes) this.#said.push(saying);
  }

  #writeFile(path: string, content: string | Uint8Array): void {
    const { surroundings, workspace, owner, mayHaveHappened } = this.#options;
    const { disk, randomness } = surroundings;
    writeWorkspaceFile({ disk, randomness, workspace, path, owner, mayBeLeftBehind: mayHaveHappened }, content);
    this.#artifacts.add(path);
  }

  #terminal({ event, status = "success", payload = {} }: AgentAnswer): Saying {
    const { action } = this.#options.command;
    const names = terminalEvents(action);
    const name = event ?? names[0] ?? "";
    if (!names.includes(name)) {
      throw failure("EVENT_NAME_INVALID", `${action} ends with ${names.join(", ")}, not with ${JSON.stringify(name)}`);
    }
    const artifacts = this.#hashedArtifacts();
    return { ...this.#saying(name, status, payload), ...(artifacts.length === 0 ? {} : { artifacts }) };
  }

  #hashedArtifacts(): Artifact[] {
    const { surroundings, workspace } = this.#options;
    const expectedOutputs = [...this.#artifacts].map((path) => ({ path }));
    const outcome = hashArtifacts({ disk: surroundings.disk, workspace, expectedOutputs });
    if (outcome.kind === "hashed") return outcome.artifacts;
    const sentences = outcome.problems.map(({ sentence }) => sentence);
    throw failure(`OUTPUT_${outcome.problems[0]?.code ?? "MISSING"}`, sentences.join("; "));
  }

  /** Refused now, while it can still become an error, and not after it was remembered. */
  #checked(saying: Saying): Saying {
    this.#options.voice.eventLine(this.#options.command, saying);
    return saying;
  }

  /** Without secrets, since it is going to be written down; a copy, since the handler may go on changing its own. */
  #saying(event: string, status: string, payload: Readonly<Record<string, unknown>>): Saying & { status: string } {
    const { secrets, surroundings } = this.#options;
    const copy = parseJson(canonicalJson(payload)) as Record<string, unknown>;
    return {
      event,
      status: secrets.redactText(status).slice(0, 64),
      payload: secrets.redactValue(copy),
      occurred_at: timestamp(surroundings.clock),
    };
  }
}

function isStopped(reason: unknown): boolean {
  return reason instanceof Error && "code" in reason && reason.code === "AGENT_STOPPED";
}
