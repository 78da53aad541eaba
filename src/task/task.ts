import type { ExpectedOutput } from "../protocol/fields.ts";

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
  readonly agents: Readonly<Record<string, TaskAgent>>;
  /** At least one, in the order of the file. */
  readonly steps: readonly ResolvedStep[];
}

export interface SnapshotGlobs {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/** A child process that speaks NDJSON. Its name in the task is its agent_type and its agent_id. */
export interface TaskAgent {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, EnvValue>>;
}

/** The value of a variable: as it stands here, or taken from runledger's environment when a command is sent. */
export type EnvValue = string | { readonly $env: string };

/** Told apart by `"run" in step`, `"agent" in step` and `"decision" in step`. */
export type ResolvedStep = PlainStep | AgentStep | DecisionStep;

/** A plain command. */
export interface PlainStep extends StepBase {
  /** A line for `/bin/sh -c`, or a program and its arguments without a shell. */
  readonly run: string | readonly string[];
}

/** A command for an agent. */
export interface AgentStep extends StepBase {
  /** A name in the task's `agents`. */
  readonly agent: string;
  readonly action: string;
  /** JSON. `{"$env": NAME}` stands for a value that is resolved when the command is sent. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A question that a person answers, once in a run. What else a step may say of how it is done is empty. */
export interface DecisionStep extends StepBase {
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

interface StepBase {
  readonly id: string;
  readonly needs: readonly string[];
  /** Absent if nobody wrote it: {@link effectOf} says what is then assumed. */
  readonly effect?: Effect;
  /** Only with effect `once`. Exit status 0: it happened; 1: it did not; else unknown. */
  readonly probe?: string | readonly string[];
  readonly timeout_ms?: number;
  readonly retry: { readonly max_attempts: number };
  readonly env: Readonly<Record<string, EnvValue>>;
  readonly expected_outputs: readonly ExpectedOutput[];
  /** Globs of what it may change besides its expected outputs. Absent: nobody knows; empty: nothing. */
  readonly writes?: readonly string[];
}

export type Effect = "pure" | "idempotent" | "once";

/** What sending the step a second time would do, as written or as assumed. */
export function effectOf(step: ResolvedStep): Effect {
  return step.effect ?? "idempotent";
}

/** The ids of the steps whose effect nobody has written, in the order of the file. */
export function unwrittenEffects(task: ResolvedTask): string[] {
  return task.steps.filter((step) => step.effect === undefined && !("decision" in step)).map((step) => step.id);
}
