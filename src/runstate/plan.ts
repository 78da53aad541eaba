import type { CommandState, Ending } from "./state.ts";

/** On what terms a process works on a run, as far as one command is concerned. */
export interface Terms {
  /** Of the step, as the task says. */
  readonly maxAttempts: number;
  /** Failures of earlier processes are granted `maxAttempts` more. */
  readonly retryFailed: boolean;
  /** Somebody has chosen what is to become of this step if it is in doubt. */
  readonly isChosen: boolean;
  /** seq of the entry with which this process began. */
  readonly sessionSeq: number;
}

/** What is to become of a command. `maxAttempts`: up to which attempt it may be sent. */
export type Next =
  | { readonly kind: "reuse" | "failed"; readonly ending: Ending }
  | { readonly kind: "send" | "doubt"; readonly maxAttempts: number }
  | { readonly kind: "skipped" };

/**
 * The planner beside the fold: what is to become of a command, by what the ledger says of it (undefined: nothing).
 * A success is reused; a failure stays unless attempts are left or granted; what is neither is in doubt.
 */
export function nextOf(command: CommandState | undefined, terms: Terms): Next {
  if (command === undefined) return { kind: "send", maxAttempts: terms.maxAttempts };
  const { ended, attempt } = command;
  if (ended !== undefined) return afterEnding(command, ended, terms);
  if (command.skipped && !terms.isChosen) return { kind: "skipped" };
  return { kind: "doubt", maxAttempts: Math.max(terms.maxAttempts, attempt + 1) };
}

function afterEnding(command: CommandState, ending: Ending, terms: Terms): Next {
  if (ending.status === "success") return { kind: "reuse", ending };
  // A crash between a failure and its next attempt takes nothing away from what was granted.
  const granted = command.messageId === undefined ? terms.maxAttempts : command.maxAttempts;
  // Too much for its agent is no failure of the step: the attempt does not count.
  if (ending.isRateLimit) return { kind: "send", maxAttempts: granted + 1 };
  if (command.attempt < granted && !isFinal(ending)) return { kind: "send", maxAttempts: granted };
  const ofEarlierProcess = ending.seq < terms.sessionSeq;
  if (!terms.retryFailed || !ofEarlierProcess) return { kind: "failed", ending };
  return { kind: "send", maxAttempts: command.attempt + terms.maxAttempts };
}

/** Somebody, or the step's probe, said how a command in doubt had ended: no attempt that is left undoes that. */
function isFinal({ payload }: Ending): boolean {
  return ["user", "option", "probe"].includes(String(payload["settled_by"]));
}
