import type { Disk } from "../durable/disk.ts";
import type { Clock } from "../ports.ts";
import type { Command } from "../protocol/command.ts";
import type { Event } from "../protocol/event.ts";
import type { Fault } from "./faults.ts";
import type { AgentMessage } from "./message-reader.ts";
import type { Exit, Processes } from "./processes.ts";
import type { Secrets } from "./secrets.ts";
import type { NotStarted } from "./start-child.ts";
import type { EndReason, Limits } from "./supervision.ts";

export interface ConverseOptions extends Limits {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly disk: Disk;
  readonly secrets: Secrets;
  /** The program of the agent and its arguments. */
  readonly agent: readonly string[];
  /** The workspace: an absolute path. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** As it is sent: `$env` in its inputs is resolved. */
  readonly command: Command;
  /** Where diagnostics are appended; its directory exists. */
  readonly stderrPath: string;
  /** After three intervals without a byte the agent is `silent`. */
  readonly heartbeatIntervalMs?: number;
  /** Called once there is a process, before anything is read from it. */
  onStarted?(pid: number): void;
  /**
   * Gets each message that keeps the rules, redacted, one after the other: nothing more is read from the agent before
   * its promise settles. If it throws, the agent is killed and {@link converse} throws the same.
   */
  onMessage(message: AgentMessage): void | Promise<void>;
  /** Gets what broke the rules and was ignored: at most 1,000 a conversation, all are counted in the outcome. */
  onFault(fault: Fault): void | Promise<void>;
}

/**
 * - `terminal`: the command has ended; `onMessage` has taken the terminal event before.
 * - `exited`: the agent ended, or closed its stdout, without a terminal event.
 * - `silent`, `deadline`, `stopped`: we ended it before there was a terminal event.
 * - `not_started`: there was no process.
 */
export type ConversationOutcome =
  | (ConversationEnd & { readonly kind: "terminal"; readonly event: Event })
  | (ConversationEnd & { readonly kind: "exited" | EndReason })
  | { readonly kind: "stopped"; readonly commandSent: false; readonly exit: undefined; readonly faultCount: 0 }
  | NotStarted;

interface ConversationEnd {
  readonly exit: Exit;
  /** False: the agent has not seen the command, so nothing is in doubt. */
  readonly commandSent: boolean;
  readonly faultCount: number;
}
