import type { ExpectedOutput } from "../protocol/fields.ts";
import type { Log } from "../protocol/log.ts";

/**
 * Does one command. What it returns becomes the terminal event, which is remembered before it is said; what it throws
 * becomes an `error` event with the `code`, `message` and `retry_at` of the error.
 */
export type AgentHandler = (command: AgentCommand) => Promise<AgentAnswer | undefined> | AgentAnswer | undefined;

/** How a command ended. */
export interface AgentAnswer {
  /** A terminal event of the action; its first one (`<action>.completed` for most) unless told otherwise. */
  readonly event?: string;
  /** `success` unless told otherwise; `failed` makes it a failure. */
  readonly status?: string;
  /** JSON. */
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** A command, and what a handler may do about it. */
export interface AgentCommand {
  readonly action: string;
  readonly taskId: string;
  /** A step's id, or an item's: `<step>[<item>]`. */
  readonly step: string;
  /** The same on every attempt: hand it on to whoever can deduplicate by it. */
  readonly key: string;
  /** As the task says, with `$env` resolved: may hold secrets. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly expectedOutputs: readonly ExpectedOutput[];
  readonly snapshotId: string;
  /** From 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly deadline?: Date;
  /** An earlier attempt was started here and nobody knows how it ended: look before doing it twice. */
  readonly mayHaveHappened: boolean;
  /** Aborted at the deadline, with SIGTERM, and when the grace period after the end of stdin is over. */
  readonly signal: AbortSignal;
  /** A line for people. `fields` is JSON. */
  log(message: string, fields?: Readonly<Record<string, unknown>>, level?: Log["level"]): void;
  /** Reports progress: an event that does not end the command. `payload` is JSON. */
  event(name: string, payload?: Readonly<Record<string, unknown>>): void;
  /**
   * Replaces the file at `path`, relative to the workspace, in one step; its directories are made. It is durable when
   * this returns, and an artifact of the answer. `OUTPUT_PATH_INVALID`, `OUTPUT_OUTSIDE_WORKSPACE`, `OUTPUT_NOT_A_FILE`.
   */
  writeFile(path: string, content: string | Uint8Array): void;
  /** Makes the file at `path`, written in whatever way, an artifact of the answer. Its hash is taken at the end. */
  artifact(path: string): void;
}
