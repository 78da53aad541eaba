import { Conversation } from "./conversation.ts";
import type { ConversationOutcome, ConverseOptions } from "./converse-options.ts";
import { loadMessageReader } from "./message-reader.ts";
import { isStarted, startChild } from "./start-child.ts";

/**
 * One conversation with one NDJSON agent about one command: start, `starting` heartbeat, command, messages, terminal
 * event, end of stdin. Resolves when the agent and its process group are gone: after its terminal event it
 * has `graceMs` to end by itself. Rejects only with what `onStarted`, `onMessage` and `onFault` throw; the agent is
 * ended then.
 */
export async function converse(options: ConverseOptions): Promise<ConversationOutcome> {
  const read = await loadMessageReader();
  if (options.signal?.aborted || options.killSignal?.aborted) {
    return { kind: "stopped", commandSent: false, exit: undefined, faultCount: 0 };
  }
  const { agent, cwd, env } = options;
  const child = await startChild(options.processes, agent, { cwd, env, stdin: "pipe" });
  if (!isStarted(child)) return child;
  return new Conversation(options, child, read).hold();
}
