import type { JsonFault } from "./strict-json.ts";

/** What an agent (or its pipes) did against the protocol. The message is ignored; the talk goes on. */
export type FaultCode =
  | JsonFault
  | "NOT_UTF8"
  | "OVERSIZE_LINE"
  | "UNTERMINATED_LINE"
  | "UNKNOWN_KIND"
  | "INVALID_MESSAGE"
  | "RESERVED_MEMBER"
  | "NO_STARTING_HEARTBEAT"
  | "EVENT_BEFORE_COMMAND"
  | "WRONG_AGENT"
  | "WRONG_TASK"
  | "WRONG_CORRELATION"
  | "RESERVED_EVENT"
  | "VERSION_MISMATCH"
  | "SECOND_TERMINAL"
  | "EVENT_AFTER_END"
  | "FAILED_WHILE_ENDED"
  | "COMMAND_NOT_DELIVERED"
  | "TOO_MANY_MESSAGES"
  | "STDERR_LOST";

export interface Fault {
  readonly code: FaultCode;
  /** For people. May quote the agent: redacted, shortened, not cleaned of control characters. */
  readonly sentence: string;
  /** Of an event about a command that has ended: its correlation_id. */
  readonly about?: string;
}

/** Of one process at most this many faults are told; the rest is only counted, so that a flood cannot fill the ledger. */
const maxFaultsTold = 1_000;

const maxSentenceLength = 300;

/** Tells and counts the faults of one process. */
export class Faults {
  readonly #redact: (text: string) => string;
  readonly #onFault: (fault: Fault) => void | Promise<void>;
  #count = 0;

  constructor(redact: (text: string) => string, onFault: (fault: Fault) => void | Promise<void>) {
    this.#redact = redact;
    this.#onFault = onFault;
  }

  /** All faults, also those that were not told. */
  get count(): number {
    return this.#count;
  }

  async add({ sentence, ...fault }: Fault): Promise<void> {
    this.#count++;
    if (this.#count > maxFaultsTold) return;
    // Shortened last: a secret that is cut would not be found.
    await this.#onFault({ ...fault, sentence: shortened(this.#redact(sentence)) });
  }
}

function shortened(text: string): string {
  return text.length > maxSentenceLength ? `${text.slice(0, maxSentenceLength).toWellFormed()}…` : text;
}
