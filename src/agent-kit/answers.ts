import type { Secrets } from "../agent/secrets.ts";
import { errnoOf, RunledgerError } from "../errors.ts";
import { canonicalJson } from "../idempotency/canonical.ts";
import { sha256 } from "../idempotency/digest.ts";
import { timestamp } from "../ports.ts";
import type { Command } from "../protocol/command.ts";
import { isFailure } from "../protocol/event-names.ts";
import { failure, failurePayload } from "./failure.ts";
import type { AgentHandler } from "./handler.ts";
import type { Memory, Remembered } from "./memory.ts";
import { Performance } from "./performance.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Saying, Voice } from "./voice.ts";

interface AnswersOptions {
  readonly surroundings: Surroundings;
  readonly voice: Voice;
  readonly memory: Memory;
  readonly secrets: Secrets;
  readonly workspace: string;
  readonly owner: string;
  handlerOf(command: Command): AgentHandler | undefined;
  readonly actions: readonly string[];
  /** The agent has become busy, or idle. */
  onActivity(): void;
}

interface Running {
  readonly parameters: string;
  readonly performance: Performance;
  /** Never rejects. */
  readonly over: Promise<void>;
}

/** Answers every command once: from memory, by joining the one that runs, or by doing it. */
export class Answers {
  readonly #options: AnswersOptions;
  readonly #running = new Map<string, Running>();
  readonly #open = new Set<Promise<void>>();
  #aborted: string | undefined;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  take(command: Command): void {
    const answered = this.#answer(command).catch((error: unknown) => this.#refuse(command, error));
    this.#open.add(answered);
    void answered.finally(() => this.#open.delete(answered));
  }

  /** The agent is to end: nothing more is begun. */
  abort(reason: string): void {
    this.#aborted = reason;
    for (const { performance } of this.#running.values()) performance.abort(reason);
  }

  /** Everything that was begun has ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#open);
  }

  async #answer(command: Command): Promise<void> {
    const key = command.idempotency_key;
    const parameters = parametersOf(command, this.#options.secrets);
    for (let running = this.#running.get(key); running !== undefined; running = this.#running.get(key)) {
      requireSame(command, running.parameters, parameters);
      await running.over;
    }
    const known = this.#options.memory.recall(key);
    if (known !== undefined) requireSame(command, known.parameters, parameters);
    if (known !== undefined && isAnswer(known, command.retry.attempt)) return this.#say(command, known.events);
    if (this.#aborted === undefined) await this.#begin(command, parameters, known?.state === "started");
  }

  #begin(command: Command, parameters: string, mayHaveHappened: boolean): Promise<void> {
    const { surroundings, voice, secrets, workspace, owner } = this.#options;
    const handler = this.#handlerFor(command);
    // Before: it was never begun. After: it may have happened, and the next attempt is told so.
    this.#keep(command, parameters, "started", []);
    const performance = new Performance({ surroundings, voice, secrets, workspace, owner, command, mayHaveHappened });
    // Not before its caller knows that it runs, and has said so.
    const over = Promise.resolve().then(() => this.#perform(command, parameters, performance, handler));
    this.#running.set(command.idempotency_key, { parameters, performance, over });
    this.#options.onActivity();
    return over;
  }

  async #perform(command: Command, parameters: string, performance: Performance, handler: AgentHandler): Promise<void> {
    const events = await performance.perform(handler);
    this.#running.delete(command.idempotency_key);
    if (events !== undefined) {
      this.#remember(command, parameters, events);
      // Before: it has happened and is remembered. After: it is known.
      this.#say(command, events.slice(-1));
    }
    this.#options.onActivity();
  }

  /** What has happened is said, also if it cannot be remembered: the ledger is what counts. */
  #remember(command: Command, parameters: string, events: readonly Saying[]): void {
    try {
      this.#keep(command, parameters, "ended", events);
    } catch (error) {
      this.#options.voice.log("warn", `${command.step}: what it came to cannot be remembered (${errnoOf(error)})`);
    }
  }

  #keep(command: Command, parameters: string, state: Remembered["state"], events: readonly Saying[]): void {
    const { idempotency_key, retry } = command;
    this.#options.memory.keep({ version: 1, idempotency_key, parameters, attempt: retry.attempt, state, events });
  }

  #handlerFor(command: Command): AgentHandler {
    const handler = this.#options.handlerOf(command);
    if (handler !== undefined) return handler;
    const known = this.#options.actions.join(", ");
    throw failure("ACTION_UNKNOWN", `this agent cannot do ${JSON.stringify(command.action)}; it can do ${known}`);
  }

  #say(command: Command, events: readonly Saying[]): void {
    for (const event of events) this.#options.voice.event(command, event);
  }

  /** Nothing was done and nothing is remembered of it. */
  #refuse(command: Command, error: unknown): void {
    const { secrets, surroundings, voice } = this.#options;
    const payload = secrets.redactValue(failurePayload(error));
    voice.event(command, { event: "error", status: "failed", payload, occurred_at: timestamp(surroundings.clock) });
  }
}

/** The digest of all that has to be the same. A secret counts by its name, as in the key: its value may have been changed. */
function parametersOf(command: Command, secrets: Secrets): string {
  const { action, task_id, step, expected_outputs, version } = command;
  const inputs = secrets.redactValue(command.inputs);
  return sha256(canonicalJson({ action, task_id, step, inputs, expected_outputs, snapshot_id: version.snapshot_id }));
}

function requireSame({ step }: Command, known: string, given: string): void {
  if (known === given) return;
  throw new RunledgerError(
    "KEY_REUSED",
    `${step}: the key was given before, with another action, step, snapshot, inputs or expected outputs`,
    { hint: "A key stands for one command: compute it from all of them." },
  );
}

/** A success answers every attempt, a failure only the one that it belongs to. */
function isAnswer({ state, attempt, events }: Remembered, asked: number): boolean {
  const last = events.at(-1);
  if (state !== "ended" || last === undefined) return false;
  return !isFailure(last) || asked <= attempt;
}
