import { RunledgerError } from "../../errors.ts";
import type { Artifact } from "../../protocol/fields.ts";
import type { Effect, SnapshotGlobs, TaskAgent } from "../../task/task.ts";
import { refuseUnknownOptions } from "./known-options.ts";

/**
 * A task as a function of named steps. Everything it does to the world belongs into steps: on resume it is executed
 * again from the top, and finished steps hand back what was recorded.
 */
export interface FunctionTask<Input = unknown, Output = unknown> {
  readonly kind: "function";
  readonly name: string;
  readonly version: string | undefined;
  /** Whom it may ask, by name. */
  readonly agents: Readonly<Record<string, TaskAgent<string>>>;
  /** Its input, and what of the workspace is its snapshot, unless who runs it says otherwise. */
  readonly input?: Input;
  readonly snapshot?: SnapshotGlobs;
  readonly execute: (context: TaskContext<Input>) => Promise<Output> | Output;
}

export interface TaskContext<Input> {
  /** The input as recorded at the start: the same in every process of the run. */
  readonly input: Input;
  readonly runId: string;
  readonly step: StepFunction;
  readonly ask: AskFunction;
  /** Aborted when the run is to stop. */
  readonly signal: AbortSignal;
}

/**
 * Does one step, or hands back what was recorded of it. `id`: `^[a-z0-9][a-z0-9_-]{0,63}$`. Steps are found by key (id
 * and inputs), not by position: the order may change, `Promise.all` works.
 *
 * Rejects with {@link StepFailed} if the step failed, now or in an earlier process; with `STEP_REPEATED` for the same id
 * and inputs twice; with `KEY_REUSED` and `KEY_IN_PROGRESS` for chosen keys; with `IN_DOUBT` and `INTERRUPTED` if the run
 * pauses; with `USAGE` for wrong arguments, and once the function has ended (steps in flight are waited for then).
 */
export interface StepFunction {
  <Result>(id: string, work: StepWork<Result>): Promise<Result>;
  <Result>(id: string, options: StepOptions, work: StepWork<Result>): Promise<Result>;
}

/** What a step does. It returns JSON; `undefined` is recorded as null. */
export type StepWork<Result> = (attempt: StepAttempt) => Promise<Result> | Result;

export interface StepAttempt {
  /** Pass it on to whatever can deduplicate by it. */
  readonly key: string;
  /** From 1, over all processes. */
  readonly attempt: number;
  /** The step's inputs with every `{"$env": NAME}` resolved. */
  readonly inputs: Record<string, unknown>;
  /**
   * Aborted when the run stops, when it fails by a fault that is no step's (the disk), or when the step has passed its
   * time-out. A step that throws after it has looked at it has not failed then: it is as if nobody knew how it ended, and
   * the next resume does it again (`once`: asks).
   */
  readonly signal: AbortSignal;
}

export interface StepOptions {
  /** JSON; part of the key. What the step depends on belongs here. */
  inputs?: Record<string, unknown>;
  /** What doing it twice would mean. Default `idempotent`. */
  effect?: Effect;
  /** For `once`: whether the effect of an attempt in doubt has happened. */
  probe?: (attempt: { key: string }) => Promise<boolean | "unknown">;
  /** A key of your own, instead of the one computed from id and inputs. */
  key?: string;
  /** Default one attempt. */
  retry?: { maxAttempts: number };
  /** Milliseconds of one attempt; default none. */
  timeoutMs?: number;
}

/**
 * Sends a command to one of the task's agents, or hands back what was recorded of its answer. Refused as a step is.
 */
export type AskFunction = (id: string, options: AskOptions) => Promise<Answer>;

export interface AskOptions {
  /** A name in the task's `agents`. */
  agent: string;
  action: string;
  /** JSON; part of the key. `{"$env": NAME}` stands for a value that is resolved when the command is sent. */
  inputs?: Record<string, unknown>;
  /** Files that the agent is to leave; part of the key. */
  expectedOutputs?: { path: string; description?: string; required?: boolean }[];
  /** In a loop: which time it is asked, from 1; part of the key, so that a later round is not answered from an earlier one. */
  round?: number;
  /** In a loop: the answer that is acted on; its digest is part of the key. */
  feedback?: Answer;
  /** What doing it twice would mean. Default `idempotent`. */
  effect?: Effect;
  /** Default one attempt. */
  retry?: { maxAttempts: number };
  /** Milliseconds of one attempt; default by action, else none. */
  timeoutMs?: number;
}

/** A terminal event of an agent, as recorded. */
export interface Answer {
  /** Its name, e.g. `review.completed`. */
  readonly event: string;
  /** What the agent says that it came to, e.g. `changes_requested`. */
  readonly status: string | undefined;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly artifacts: readonly Artifact[];
}

/** Options of {@link defineTask}. */
export interface TaskOptions {
  version?: string;
  /** Child processes that speak NDJSON: a program with its arguments, and variables of their own. */
  agents?: Readonly<Record<string, Pick<TaskAgent<string>, "command"> & Partial<TaskAgent<string>>>>;
}

/**
 * Defines a task. `name` becomes the task id; together with `version` and the input it makes the task's digest. Throws
 * `USAGE` for wrong arguments.
 */
export function defineTask<Input = Record<string, unknown>, Output = unknown>(
  name: string,
  execute: FunctionTask<Input, Output>["execute"],
  options: TaskOptions = {},
): FunctionTask<Input, Output> {
  checkDefinition(name, execute, options);
  const agents = Object.entries(options.agents ?? {}).map(([agent, { command, env = {} }]) => [
    agent,
    { command, env },
  ]);
  return { kind: "function", name, version: options.version, agents: Object.fromEntries(agents), execute };
}

function checkDefinition(name: string, execute: unknown, options: TaskOptions): void {
  if (typeof execute !== "function") throw wrongTask(name, "the second argument is the function that takes its steps");
  if (!isObject(options)) throw wrongTask(name, "its options are not an object");
  refuseUnknownOptions(options, ["version", "agents"], `task ${name}`);
  const { version = "", agents = {} } = options;
  if (typeof version !== "string") throw wrongTask(name, "its version is not a text");
  if (!isObject(agents) || !Object.values(agents).every(isObject)) {
    throw wrongTask(name, "its agents are not objects by name");
  }
}

function isObject(given: unknown): boolean {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

function wrongTask(name: string, what: string): RunledgerError {
  return new RunledgerError("USAGE", `task ${name}: ${what}`, {
    hint: 'defineTask("name", async ({ step }) => …, { version: "1", agents: { reviewer: { command: ["…"] } } })',
  });
}
