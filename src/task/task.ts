import type { ExpectedOutput } from "../protocol/fields.ts";
import type { InputPlaceholder, ItemPlaceholder } from "./placeholders.ts";

/**
 * A task as resolved: what its file says with the defaults filled in. It is a task file again, and reading it gives the
 * same task. What nobody wrote and what has no neutral default stays absent: `effect`, `writes`, `timeout_ms`.
 */
export interface ResolvedTask {
  readonly version: 1;
  readonly id: string;
  readonly title?: string;
  /** How many steps may run at a time, 1 to 1,000. */
  readonly concurrency: number;
  readonly snapshot?: SnapshotGlobs;
  /** What may be given at a start. Of a run: each with the value that it was started with as its default. */
  readonly inputs?: Readonly<Record<string, TaskInput>>;
  readonly agents: Readonly<Record<string, TaskAgent>>;
  /** At least one, in the order of the file. */
  readonly steps: readonly ResolvedStep[];
}

export interface SnapshotGlobs {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

export type InputType = "string" | "integer" | "number" | "boolean" | "list";

/** What a task asks for at a start. Required if it has no default. */
export interface TaskInput {
  readonly type: InputType;
  readonly description?: string;
  readonly default?: InputValue;
}

/** A list has texts. `{"$env": NAME}` is resolved when a command is sent. */
export type InputValue = string | number | boolean | readonly string[] | { readonly $env: string };

/** A child process that speaks NDJSON. Its name in the task is its agent_type and its agent_id. */
export interface TaskAgent<Word = Argument> {
  /** The program and its arguments. */
  readonly command: readonly Word[];
  readonly env: Readonly<Record<string, EnvValue>>;
  /** How often it says that it lives; after three times this without a message it is ended. 10 s if absent. */
  readonly heartbeat_ms?: number;
  /** How often in a run it is started again after it died, fell silent or passed a deadline. 5 if absent. */
  readonly restarts?: number;
  readonly breaker?: TaskBreaker;
}

/** After so many failures in a row (3) an agent is left alone for a time (60 s), which doubles up to 5 minutes. */
export interface TaskBreaker {
  readonly failures?: number;
  readonly open_ms?: number;
}

/** One argument of a program: as it stands here, or the item or the input that it stands for. */
export type Argument = string | Placeholder;
type Placeholder = ItemPlaceholder | InputPlaceholder;

/** The value of a variable: as it stands here, or taken from runledger's environment when a command is sent. */
export type EnvValue = string | { readonly $env: string } | Placeholder;

/** Told apart by `"run" in step`, `"agent" in step` and `"decision" in step`. */
export type ResolvedStep = WorkStep | DecisionStep;

/** A step that is done by a command, once or for each item. */
export type WorkStep = PlainStep | AgentStep;

/** A step as it is sent: its placeholders are filled in. The id is that of the step, or `<step>[<item>]`. */
export type ReadyStep = PlainStep<string> | AgentStep<string>;

/** A plain command. */
export interface PlainStep<Word = Argument> extends StepBase<Word> {
  /** A line for `/bin/sh -c`, or a program and its arguments without a shell. */
  readonly run: string | readonly Word[];
}

/** A command for an agent. */
export interface AgentStep<Word = Argument> extends StepBase<Word> {
  /** A name in the task's `agents`. */
  readonly agent: string;
  readonly action: string;
  /** JSON. `{"$env": NAME}` stands for a value that is resolved when the command is sent. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A question that a person answers, once in a run. What else a step may say of how it is done is empty. */
export interface DecisionStep extends StepBase<Argument> {
  readonly decision: Decision;
}

export interface Decision {
  readonly prompt: string;
  /** 2 to 20, their ids unique. */
  readonly options: readonly DecisionOption[];
}

export interface DecisionOption {
  readonly id: string;
  readonly description?: string;
}

interface StepBase<Word> {
  readonly id: string;
  readonly needs: readonly string[];
  /** It is done once for each item of a list, in any order. */
  readonly for_each?: ForEach;
  /** As soon as so many items have failed, no further one is started. Only with `for_each`. */
  readonly max_failures?: number;
  /** Absent if nobody wrote it: {@link effectOf} says what is then assumed. */
  readonly effect?: Effect;
  /** Only with effect `once`. Exit status 0: it happened; 1: it did not; else unknown. */
  readonly probe?: string | readonly Word[];
  readonly timeout_ms?: number;
  readonly retry: { readonly max_attempts: number };
  readonly env: Readonly<Record<string, EnvValue>>;
  readonly expected_outputs: readonly ExpectedOutput[];
  /** Globs of what it may change besides its expected outputs. Absent: nobody knows; empty: nothing. */
  readonly writes?: readonly string[];
}

/** Where the items of a step come from: exactly one of these. */
export interface ForEach {
  /** Files of the workspace, as they are when the step begins. */
  readonly glob?: string | readonly string[] | InputPlaceholder;
  readonly list?: readonly string[] | InputPlaceholder;
  /** A file of the workspace, an item a line; NDJSON if its name ends in `.ndjson` or `.jsonl`. */
  readonly file?: string | InputPlaceholder;
  /** A command that prints an item a line, and has no effect. */
  readonly command?: string | readonly Argument[];
}

export type Effect = "pure" | "idempotent" | "once";

/** What sending the step a second time would do, as written or as assumed. */
export function effectOf(step: Pick<ResolvedStep, "effect">): Effect {
  return step.effect ?? "idempotent";
}

/** The ids of the steps whose effect nobody has written, in the order of the file. */
export function unwrittenEffects(task: ResolvedTask): string[] {
  return task.steps.filter((step) => step.effect === undefined && !("decision" in step)).map((step) => step.id);
}
