import type { Disk } from "../durable/disk.ts";
import type { Clock } from "../ports.ts";
import type { Event } from "../protocol/event.ts";
import type { Fault } from "./faults.ts";
import type { AgentMessage } from "./message-reader.ts";
import type { AgentIdentity } from "./message-rules.ts";
import type { Exit, Processes } from "./processes.ts";
import type { Secrets } from "./secrets.ts";
import type { EndReason, Limits } from "./supervision.ts";

export interface AgentOptions extends Limits {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly secrets: Secrets;
  /** The program of the agent and its arguments. */
  readonly program: readonly string[];
  readonly identity: AgentIdentity;
  /** The workspace: an absolute path. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where diagnostics are appended; its directory exists. */
  readonly stderrPath: string;
  /** After three intervals without a message the agent is `silent`. */
  readonly heartbeatIntervalMs?: number | undefined;
  /**
   * Gets each message that keeps the rules and is worth recording, redacted, one after the other, but for the terminal
   * event: nothing more is read from the agent before its promise settles. If it throws, the agent is killed and
   * {@link AgentProcess.gone} rejects with the same.
   */
  onMessage(message: AgentMessage, attempt: CommandAttempt | undefined): void | Promise<void>;
  /** Gets what broke the rules and was ignored, and the sending that it belongs to, if any: at most 1,000 a process, all are counted in its end. */
  onFault(fault: Fault, attempt: CommandAttempt | undefined): void | Promise<void>;
}

/** One sending of a command. */
export interface CommandAttempt {
  readonly correlationId: string;
  readonly step: string;
  readonly action: string;
  readonly attempt: number;
}

/** What came of a command: its terminal event, redacted, or nothing because the agent is no more. */
export type Answer = { readonly kind: "terminal"; readonly event: Event } | { readonly kind: "unanswered" };

/** How the life of an agent ended. */
export interface AgentEnd {
  readonly exit: Exit;
  /**
   * - `told`: the end of its stdin told it to end.
   * - `left`: it ended by itself with status 0, had answered, and nothing was asked of it: it is started when needed again.
   * - `exited`: it ended, or closed its stdout, without being told.
   * - `silent`, `deadline`, `stopped`: we ended it.
   */
  readonly reason: EndReason | "told" | "left" | "exited";
  readonly faultCount: number;
}
