import type { EventEntry } from "../ledger/entry.ts";
import { isFailure } from "../protocol/event-names.ts";
import { isRateLimit, retryAtMs } from "./rate-limit.ts";
import type { AgentState, CommandState, RunState } from "./state.ts";

/** How an agent ends that has failed: by itself, in silence, or past a deadline; not because it was told to. */
const failedEnds = ["exited", "silent", "deadline"];

/** A start that follows a failed end is a restart. */
export function evolveStarted(state: RunState, { payload }: EventEntry): void {
  const name = String(payload["agent"]);
  if (payload["restart"] === true) agentOf(state, name).restarts += 1;
  const known = state.agents.get(name);
  if (known !== undefined) known.hasDied = false;
}

export function evolveExited(state: RunState, entry: EventEntry): void {
  const { agent, reason } = entry.payload;
  if (!failedEnds.includes(String(reason))) return;
  noteFailure(agentOf(state, String(agent)), entry);
  agentOf(state, String(agent)).hasDied = true;
}

/**
 * What a terminal event says about the agent whose command it ends. A failure that `system` reports counts only where the
 * agent had claimed a success (`said`): its death and its deadline are told by its end, choices are not its fault.
 */
export function evolveAnswer(state: RunState, command: CommandState, entry: EventEntry): void {
  const { agent: name } = command;
  const isSaid = entry.from.agent_type === name || entry.payload["said"] !== undefined;
  if (name === undefined || !isSaid) return;
  const agent = agentOf(state, name);
  if (isRateLimit(entry)) {
    agent.limits += 1;
    agent.limitedAtMs = Date.parse(entry.at);
    agent.retryAtMs = retryAtMs(entry, agent.limits);
    return;
  }
  agent.limits = 0;
  if (isFailure(entry)) noteFailure(agent, entry);
  else agent.failures = 0;
}

function noteFailure(agent: AgentState, { at }: EventEntry): void {
  agent.failures += 1;
  agent.failedAtMs = Date.parse(at);
}

function agentOf(state: RunState, name: string): AgentState {
  const known = state.agents.get(name);
  if (known !== undefined) return known;
  const agent = { restarts: 0, hasDied: false, failures: 0, failedAtMs: 0, limits: 0, limitedAtMs: 0, retryAtMs: 0 };
  state.agents.set(name, agent);
  return agent;
}
