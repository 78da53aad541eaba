import { nodeProcesses } from "../agent/node-processes.ts";
import type { Surroundings } from "../agent-kit/surroundings.ts";
import type { Saying, Voice } from "../agent-kit/voice.ts";
import type { Command } from "../protocol/command.ts";
import type { Event } from "../protocol/event.ts";
import { maxAgentLineBytes } from "../protocol/limits.ts";
import type { Response } from "./script-schema.ts";

export interface Misbehaviour {
  readonly surroundings: Surroundings;
  readonly voice: Voice;
  readonly command: Command;
  readonly response: Response;
  /** The terminal event that a proper agent would send. */
  readonly terminal: Saying;
  readonly signal: AbortSignal;
}

/** Does what the script wants to go wrong. Returns if the response goes on nevertheless; else it never settles, or rejects when the agent is to end. */
export async function misbehave(misbehaviour: Misbehaviour): Promise<void> {
  const { voice, command, terminal, response, surroundings, signal } = misbehaviour;
  switch (response.failure) {
    case undefined:
      return;
    case "garbage_line":
      return voice.line("npm warn this is no JSON");
    case "oversize_line":
      return voice.line(JSON.stringify({ kind: "log", message: "x".repeat(maxAgentLineBytes) }));
    case "duplicate_terminal":
      return voice.event(command, terminal);
    case "exit":
      return endProcess(misbehaviour);
    case "unfinished_line":
      surroundings.stdout.write(voice.eventLine(command, terminal).slice(0, -1));
      return endProcess(misbehaviour);
    case "kill":
      nodeProcesses.signal(surroundings.host.pid, "SIGKILL");
      return never(signal);
    case "hang":
      // Nothing runs any more: no heartbeat, and neither SIGTERM nor the end of stdin is noticed.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      return;
    case "no_answer":
      return never(signal);
    case "wrong_snapshot":
      return forged(misbehaviour, { observed_version: { snapshot_id: "snap-000000000000" } });
    case "wrong_correlation":
      return forged(misbehaviour, { correlation_id: "another-command" });
    case "wrong_agent":
      return forged(misbehaviour, { from: { agent_type: `not-${command.to.agent_type}` } });
  }
}

/** When what was said has been written. */
function endProcess({ surroundings, response, signal }: Misbehaviour): Promise<void> {
  const { stdout, exit } = surroundings;
  stdout.write("", () => exit(response.exit_status ?? 1));
  return never(signal);
}

function forged({ voice, command, terminal, signal }: Misbehaviour, changes: Partial<Event>): Promise<void> {
  voice.line(voice.eventLine(command, terminal, changes));
  return never(signal);
}

function never(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
