import { AgentService } from "./agent-service.ts";
import type { AgentHandler } from "./handler.ts";
import { nodeSurroundings } from "./surroundings.ts";

export type { ExpectedOutput } from "../protocol/fields.ts";
export type { AgentAnswer, AgentCommand, AgentHandler } from "./handler.ts";

export interface AgentOptions {
  /** The agent's name in the task: a lower-case letter, then a-z, 0-9, _ and -. */
  readonly type: string;
  /** Names one of several agents of that type; the type unless told otherwise. */
  readonly id?: string;
  /** By action. */
  readonly handlers: Readonly<Record<string, AgentHandler>>;
  /** 10,000 unless told otherwise. A handler that computes without a pause holds them up. */
  readonly heartbeatIntervalMs?: number;
  /** How long handlers may take to end when the agent is told to; 5,000 unless told otherwise. */
  readonly graceMs?: number;
  /** Closes what the agent holds open. Called when all handlers have ended, within the same grace period. */
  onStop?(): Promise<void> | void;
}

/**
 * Makes this process an agent: reads commands from stdin, says on stdout what becomes of them, and ends the process at the
 * end of stdin or with SIGTERM. A command that was answered is answered again from memory, whatever was killed in
 * between; one that was begun and never ended is done again. stdout belongs to the protocol: print to stderr.
 *
 * `ID_INVALID` for a type or id that no agent can have; `CANNOT_CREATE` if `RUNLEDGER_AGENT_STATE` names no usable directory.
 */
export async function serveAgent(options: AgentOptions): Promise<void> {
  const { type, id = type, handlers, heartbeatIntervalMs = 10_000, graceMs = 5_000, onStop } = options;
  await new AgentService({
    surroundings: nodeSurroundings,
    type,
    id,
    handlerOf: ({ action }) => (Object.hasOwn(handlers, action) ? handlers[action] : undefined),
    actions: Object.keys(handlers),
    heartbeatIntervalMs,
    graceMs,
    onStop,
  }).serve();
}
