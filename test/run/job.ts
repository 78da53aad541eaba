import type { ResumeOptions, RunOptions } from "../../src/run/session/options.ts";
import type { RunOutcome } from "../../src/run/session/outcome.ts";

/** What one process is to do: run a task file or a function, or (`runId`) resume a run. All of it JSON. */
export interface Job {
  readonly workspace: string;
  readonly store: string;
  /** A task file, relative to the workspace. */
  readonly task?: string | undefined;
  /** The name of one of the functions in functions.ts. */
  readonly function?: string | undefined;
  readonly runId?: string | undefined;
  readonly options?: Partial<RunOptions & ResumeOptions> | undefined;
  /** The process ends itself with SIGKILL as soon as the entry of this seq is durable. */
  readonly killAtSeq?: number | undefined;
}

/** A line that the process says. */
export type Said = { seq: number; kind: string } | { outcome: Outcome } | { error: Refusal };

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitStatus: number;
  readonly details: unknown;
}

export type Outcome = Omit<RunOutcome, "state" | "receipts">;
