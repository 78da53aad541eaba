import type { CallRecord } from "../../ledger/call-record.ts";
import type { AgentAddress, Artifact, ExpectedOutput } from "../../protocol/fields.ts";
import type { Ending } from "../../runstate/state.ts";
import type { Decision, Effect } from "../../task/task.ts";
import type { CommandIdentity, Ended } from "./records.ts";

/** One command to be done, whatever does it: a plain command, an agent or a function. */
export interface Work extends CommandIdentity {
  readonly effect: Effect;
  readonly maxAttempts: number;
  /** Time-out of one attempt in milliseconds. */
  readonly timeoutMs?: number | undefined;
  readonly to: AgentAddress;
  /** With `$runledger`; nothing resolved, nothing stored as an object. */
  readonly inputs: Record<string, unknown>;
  readonly expectedOutputs: ExpectedOutput[];
  /**
   * False for functions whose terminal event says what was asked: an attempt leaves no trace before it has ended, nor is
   * it prepared.
   */
  readonly recordsCommand: boolean;
  /** Before each sending, and before the command is recorded: undefined if it can be sent, else what came of it. */
  readonly prepare?: () => Promise<Outcome | undefined>;
  /** True while its agent is not to be asked. */
  readonly isDeferred?: () => boolean;
  /** Sends the command once and waits for how it ends. */
  readonly perform: (attempt: number, commandMessage?: SentCommand) => Promise<Outcome>;
  /** Whether the effect of an attempt in doubt has happened. */
  readonly probe?: (() => Promise<ProbeAnswer>) | undefined;
  /** The record of a success as texts, if there is no more to say of it. */
  readonly textsOf?: (attempt: number, ended: Ended) => CallRecord | undefined;
  /** The expected outputs as they are now, for somebody who says that it was done. */
  readonly outputsNow: () => OutputsNow;
}

/** The command as recorded, for agents that are sent it. */
export interface SentCommand {
  readonly messageId: string;
  readonly deadline: string | undefined;
  readonly maxAttempts: number;
}

export type ProbeAnswer = "yes" | "no" | "unknown";

export type OutputsNow = { readonly artifacts: Artifact[] } | { readonly problems: string[] };

/** How an attempt ended, as far as can be known. */
export type Outcome =
  | { readonly kind: "ended"; readonly ended: Ended }
  /**
   * It had started, and nobody said how it ended. `result`: what it had printed by then. `sendAgain`: decides instead of
   * the attempts that are left, where an agent died: by its restarts.
   */
  | {
      readonly kind: "doubt";
      readonly code: string;
      readonly message: string;
      readonly result?: unknown;
      readonly sendAgain?: boolean;
    }
  /** We ended it, because the run stops: in doubt for the next resume. Or it was not sent for that reason. */
  | { readonly kind: "stopped" }
  /** It was not sent: its agent is not to be asked for a time. */
  | { readonly kind: "deferred" };

/** `returned`: a copy of what a function step has just returned, as it was recorded. */
export interface Succeeded {
  readonly kind: "success";
  readonly ending: Ending;
  readonly returned?: { readonly value: unknown };
}

/** What became of a step in this process. */
export type StepEnd =
  | Succeeded
  | { readonly kind: "failed"; readonly ending: Ending }
  /** `paused`: in doubt, and nobody has said what is to become of it. `undecided`: a decision that nobody has answered. */
  | { readonly kind: "skipped" | "paused" | "undecided" | "stopped" }
  /** To be performed again when its agent may be asked: its circuit is open, or it was too much for it. */
  | { readonly kind: "deferred" };

/** What a person may choose for a step in doubt. */
export const doubtChoices = ["done", "retry", "skip", "fail"] as const;
export type DoubtChoice = (typeof doubtChoices)[number];

/** A step in doubt, as it is shown to whoever decides. */
export interface DoubtQuestion {
  readonly runId: string;
  readonly step: string;
  readonly action: string;
  readonly effect: Effect;
  readonly attempt: number;
  readonly key: string;
  readonly why: string;
}

/** A step that a person decides, as it is shown to that person. */
export interface DecisionQuestion extends Decision {
  readonly runId: string;
  readonly step: string;
  readonly key: string;
}

export interface DecisionAnswer {
  /** The id of one of the options. */
  readonly choice: string;
  /** Why, for those who read it later: at most 4,000 characters. Values of secret variables are redacted. */
  readonly note?: string | undefined;
}

/** How a run is to be driven: fixed for one process. */
export interface Policy {
  /** Failed steps of earlier processes get `max_attempts` more. */
  readonly retryFailed: boolean;
  /** Choices for single steps, and for all that are `once`. */
  readonly inDoubt: ReadonlyMap<string, DoubtChoice>;
  readonly onInDoubt: DoubtChoice | "ask";
  /** Results to record for steps that somebody says are done. */
  readonly results: ReadonlyMap<string, unknown>;
  readonly ask: ((question: DoubtQuestion) => Promise<DoubtChoice | undefined>) | undefined;
  readonly answer: ((question: DecisionQuestion) => Promise<DecisionAnswer | undefined>) | undefined;
  /** Which items of `for_each` steps are started; undefined: all. The others stay queued. */
  readonly only: ((item: string) => boolean) | undefined;
  /** The run pauses where it would wait with nothing else to do. */
  readonly noWait: boolean;
  /** Nothing is sent any more once it is aborted; what runs has `graceMs` to end. */
  readonly stop: AbortSignal;
  /** What runs is ended at once. */
  readonly kill: AbortSignal;
  readonly graceMs: number;
}
