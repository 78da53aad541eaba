import type { LedgerEntry } from "../../ledger/entry.ts";
import type { Notify } from "../command/notice.ts";
import type { DecisionAnswer, DecisionQuestion, DoubtChoice, DoubtQuestion } from "../command/step-command.ts";
import type { RunMatch } from "../place/look-up.ts";
import type { PlaceOptions } from "../place/store.ts";
import type { World } from "../place/world.ts";

/** Called for each entry, in order, once it is durable. */
export type Observer = ((entry: LedgerEntry) => void) | undefined;

/** What `run` and `resume` have in common. */
export interface DriveOptions extends PlaceOptions {
  /**
   * Aborted: nothing more is started, what runs has `graceMs` to end, and the run pauses. It can be resumed.
   */
  signal?: AbortSignal | undefined;
  /** Aborted: what runs is ended at once. */
  killSignal?: AbortSignal | undefined;
  /** Milliseconds; default 10,000. */
  graceMs?: number | undefined;
  /** How many steps of a task file may run at a time. Default: the task's own `concurrency`. */
  concurrency?: number | undefined;
  /** A glob: of `for_each` steps only the items that match it are started. The run pauses if others are left. */
  only?: string | undefined;
  /** Called for each entry, in order, once it is durable. It must not throw. */
  onEntry?: Observer;
  onNotice?: Notify;
  /**
   * How often a write to the ledger that fails for a moment (EBUSY, EAGAIN, ENFILE, EMFILE) is tried again, 0 to 10.
   * Default: `RUNLEDGER_FLUSH_RETRIES`, else 3.
   */
  flushRetries?: number | undefined;
  /** Where there is nothing to do but to wait for an agent (its circuit is open, or a rate limit): pause. Exit status 75. */
  noWait?: boolean | undefined;
  /** Asked what to do with a step whose effect is `once` and that is in doubt. Undefined: the run pauses. */
  decide?: ((question: DoubtQuestion) => Promise<DoubtChoice | undefined>) | undefined;
  /**
   * Asked for the answer to a decision of the task, while other steps go on. Undefined: the run pauses once all is done
   * that does not depend on it.
   */
  answer?: ((question: DecisionQuestion) => Promise<DecisionAnswer | undefined>) | undefined;
  /** Disk, clock, randomness, processes and host, for tests. */
  world?: World | undefined;
}

/** What may be captured of the workspace. */
export type SnapshotOption = false | { include?: string[]; exclude?: string[] };

export interface RunOptions<Input = unknown> extends DriveOptions {
  /**
   * JSON, recorded and read back on resume. The function's input; of a task file the inputs that it declares, an object by
   * name.
   */
  input?: Input | undefined;
  /** `false`: no snapshot. Default: all files of the workspace that are not ignored. */
  snapshot?: SnapshotOption | undefined;
  /** Starts a new run even if an unfinished one of the same task and workspace exists. */
  noResume?: boolean | undefined;
  /** Asked when it is not clear which run is meant. Undefined: refused with `SEVERAL_MATCHES` and the like. */
  choose?: ((matches: RunMatch[]) => Promise<MatchChoice>) | undefined;
}

export interface ResumeOptions extends DriveOptions {
  runId: string;
  /** Failed steps get `max_attempts` more. */
  retryFailed?: boolean | undefined;
  /** What to do with steps in doubt whose effect is `once`. Default `ask`, by way of `decide`. */
  onInDoubt?: DoubtChoice | "ask" | undefined;
  /** The same for single steps, by id. */
  inDoubt?: Readonly<Record<string, DoubtChoice>> | undefined;
  /** Results to record for steps that are settled as `done`, by id. JSON. */
  results?: Readonly<Record<string, unknown>> | undefined;
  /** What to do if the workspace differs from what the ledger says it was left as. Default `fail`. */
  onDrift?: "fail" | "warn" | "ignore" | undefined;
}

/** Which run is meant. */
export type MatchChoice = { resume: string } | "fresh" | "cancel";
