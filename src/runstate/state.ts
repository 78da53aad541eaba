import type { EventRecord, Head } from "../ledger/entry.ts";
import type { Artifact, ObjectRef } from "../protocol/fields.ts";

/** Run state as the fold of a ledger. Memory: proportional to the number of commands. */
export interface RunState {
  readonly runId: string;
  readonly taskId: string;
  readonly taskDigest: string;
  readonly snapshotId: string;
  readonly snapshotDigest: string;
  readonly workspace: string;
  /** The task's input as recorded: a large one is an object. */
  readonly input: unknown;
  readonly startedAt: string;
  /** Moved by run-level events alone. `running` means no more than that no such event ended or paused it. */
  status: RunStatus;
  /** Why it paused or was aborted. */
  reason: string | undefined;
  /** What a function threw outside its steps. */
  error: { code: string; message: string } | undefined;
  /** What a function returned: as recorded, a large one is an object. */
  output: unknown;
  /** `at` of the last entry, and of the end entry. */
  updatedAt: string;
  endedAt: string | undefined;
  head: Head;
  /** seq of the entry with which the current process began: what ended before it is reused. */
  sessionSeq: number;
  /** How many processes have worked on the run. */
  sessions: number;
  lastMessageId: string;
  /** By idempotency key, in order of first appearance. */
  readonly commands: Map<string, CommandState>;
  /** correlation_id → idempotency key; not of a function step that succeeded when it was first heard of: nothing follows. */
  readonly keyOfCorrelation: Map<string, string>;
  /** step → key of its latest command. */
  readonly keyOfStep: Map<string, string>;
  /** `for_each` step → its items, from the entry on that recorded them. Their commands are among `commands`. */
  readonly batches: Map<string, BatchState>;
  /** step → the steps because of which it cannot be done. */
  readonly blocked: Map<string, string[]>;
  /** What is known of the agents, by name: of those that have failed, were restarted, or may not be asked for a time. */
  readonly agents: Map<string, AgentState>;
  /** What the run waits for, with nothing else to do. */
  waiting: { readonly until: string; readonly reason: WaitReason; readonly agent: string } | undefined;
  /** Terminal events so far: the ordinal of the next receipt is one more. */
  terminalEvents: number;
  /** path → digest (null: gone) of what somebody chose to go on with although it had drifted. */
  readonly acceptedDrift: Map<string, string | null>;
}

type RunStatus = "running" | "paused" | "completed" | "failed" | "aborted";

/** Why an agent is not to be asked for a time. */
export type WaitReason = "circuit_open" | "rate_limited";

/** How an agent has behaved. Times in milliseconds since the epoch, as the ledger's clock had them. */
export interface AgentState {
  /** How often it was started again after it had failed, over all processes. */
  restarts: number;
  /** Its latest process has failed, and none was started since: the next start is a restart, in whatever process. */
  hasDied: boolean;
  /** Failures in a row: failed commands, deaths, silences and deadlines since its last success. */
  failures: number;
  failedAtMs: number;
  /** How often in a row it said that it was too much. */
  limits: number;
  limitedAtMs: number;
  /** When it may be asked again after that. */
  retryAtMs: number;
}

/** Everything that is known of one idempotency key. */
export interface CommandState {
  readonly key: string;
  readonly step: string;
  readonly action: string;
  readonly correlationId: string;
  /** The agent that was asked; undefined for functions. */
  readonly agent: string | undefined;
  /** As recorded: large members are objects. Empty for an item that has succeeded. */
  inputs: Record<string, unknown>;
  /** The latest attempt, from 1. Never goes back. */
  attempt: number;
  maxAttempts: number;
  /** Of the latest command entry; functions that are not `once` have none. */
  messageId: string | undefined;
  /** `at` of the first entry that speaks of it. */
  readonly startedAt: string;
  /** message_ids of its first events (at most 100); the terminal one comes on top. */
  eventIds: string[];
  /** Set if and only if the latest attempt has a terminal event. Unset: in flight, or in doubt. */
  ended: Ending | undefined;
  /** Attempt that was found in doubt and not yet sent again, and why nobody knows how it ended. */
  inDoubtAttempt: number | undefined;
  doubt: { readonly code: string; readonly message: string } | undefined;
  /** What somebody chose for the latest attempt: of a decision its answer, else what is to become of what is in doubt. */
  decided: Decided | undefined;
  /** Somebody chose not to do it; what needs it is blocked. */
  skipped: boolean;
}

export interface Decided {
  readonly choice: string;
  readonly note: string | undefined;
  /** Who chose: a person, or an option that was given. */
  readonly settledBy: "user" | "option";
  /** For what is said to be done. As recorded: a large one is an object. */
  readonly result: unknown;
}

/** A step that is done for each item of a list: the list, and where its items stand. */
export interface BatchState {
  readonly step: string;
  /** As recorded: a long list is an object. Undefined if no list could be made. */
  readonly items: unknown;
  /** How many items there are. */
  readonly total: number;
  /** What the steps that it needs had come to, by step: digests. As recorded. */
  readonly needs: unknown;
  /** Why no list could be made. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly expandedAt: string;
  /** seq of the entry that last moved an item, or that made the list. */
  movedSeq: number;
  /** How many items have succeeded. Only grows. */
  completed: number;
  /** Items that were sent, and have neither ended nor been skipped; that failed; that were skipped. No item is in two. */
  readonly open: Set<CommandState>;
  readonly failed: Set<CommandState>;
  readonly skipped: Set<CommandState>;
}

/** A terminal event. */
export interface Ending {
  readonly status: "success" | "failed";
  readonly event: string;
  /** What the event itself says that it came to, e.g. `changes_requested`. */
  readonly reported: string | undefined;
  readonly payload: Record<string, unknown>;
  readonly artifacts: Artifact[] | ObjectRef;
  readonly attempt: number;
  readonly seq: number;
  readonly hash: string;
  readonly at: string;
  readonly messageId: string;
  /** It was too much for the agent: to be sent again when the agent may be asked. */
  readonly isRateLimit: boolean;
  /** Ordinal among the run's terminal events, from 1: the number of its receipt. */
  readonly n: number;
}

/** The latest command of `step`; undefined if it was never commanded. */
export function commandOfStep(state: RunState, step: string): CommandState | undefined {
  const key = state.keyOfStep.get(step);
  return key === undefined ? undefined : state.commands.get(key);
}

/** The key of the command that an event belongs to; undefined if none is known. */
export function keyOfEvent(
  { keyOfCorrelation }: Pick<RunState, "keyOfCorrelation">,
  { command, correlation_id: correlationId }: Pick<EventRecord, "command" | "correlation_id">,
): string | undefined {
  return command?.idempotency_key ?? keyOfCorrelation.get(correlationId);
}

/** True if its success is durable: its effect is never started again. */
export function isDone(command: CommandState | undefined): boolean {
  return command?.ended?.status === "success";
}
