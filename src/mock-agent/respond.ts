import { failure } from "../agent-kit/failure.ts";
import type { AgentAnswer, AgentCommand } from "../agent-kit/handler.ts";
import type { Surroundings } from "../agent-kit/surroundings.ts";
import type { Saying, Voice } from "../agent-kit/voice.ts";
import { type Clock, timestamp } from "../ports.ts";
import type { Command } from "../protocol/command.ts";
import { isTerminal, terminalEvents } from "../protocol/event-names.ts";
import { misbehave } from "./misbehave.ts";
import type { Response, ScriptEvent } from "./script-schema.ts";

/** What a response needs besides the command as a handler gets it. */
export interface Stage {
  readonly surroundings: Surroundings;
  readonly voice: Voice;
  /** As it was sent. */
  readonly sent: Command;
}

/** Does one response of a script: waits, writes, reports, goes wrong as told, and answers. */
export async function respond(stage: Stage, response: Response, command: AgentCommand): Promise<AgentAnswer> {
  const { clock } = stage.surroundings;
  await pause(clock, response.delay_ms, command.signal);
  for (const [path, content] of Object.entries(response.write ?? {})) command.writeFile(path, content);
  const { progress, last } = divided(command.action, response);
  for (const { event, payload, delay_ms } of progress) {
    await pause(clock, delay_ms, command.signal);
    command.event(event, payload);
  }
  await pause(clock, last.delay_ms, command.signal);
  const { event, status = "success", payload = {} } = last;
  const terminal: Saying = { event, status, payload, occurred_at: timestamp(clock) };
  await misbehave({ ...stage, command: stage.sent, response, terminal, signal: command.signal });
  const { error } = response;
  if (error !== undefined) throw Object.assign(failure(error.code, error.message), { retry_at: error.retry_at });
  return { event, status, payload };
}

/** The events before the terminal one; where the script has none, the action's first is taken. */
function divided(action: string, { events = [] }: Response): { progress: ScriptEvent[]; last: ScriptEvent } {
  const last = events.at(-1);
  if (last !== undefined && isTerminal(action, last.event)) return { progress: events.slice(0, -1), last };
  return { progress: events, last: { event: terminalEvents(action)[0] ?? "" } };
}

/** Rejects when the agent is to end. */
function pause(clock: Clock, delayMs = 0, signal: AbortSignal): Promise<void> {
  if (delayMs === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const callOff = clock.after(delayMs, resolve);
    const stop = () => {
      callOff();
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
