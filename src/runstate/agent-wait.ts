import type { AgentState, WaitReason } from "./state.ts";

/** When the circuit of an agent opens, and for how long at first. */
export interface BreakerRules {
  /** So many failures in a row open it. */
  readonly failures: number;
  readonly openMs: number;
}

/** Why an agent is not to be asked, from when until when, in milliseconds since the epoch. */
export interface AgentWait {
  readonly reason: WaitReason;
  readonly sinceMs: number;
  readonly untilMs: number;
}

const longestOpenMs = 300_000;

/**
 * The latest wait of an agent, which may be over. An open circuit lasts `openMs` × 2ⁿ, at most 5 minutes; after that it is
 * half open: an agent does one command at a time, so the next one is the probe. Its failure opens the circuit again, for
 * longer; a success closes it.
 */
export function agentWait(agent: AgentState | undefined, { failures, openMs }: BreakerRules): AgentWait | undefined {
  if (agent === undefined) return undefined;
  const opened = agent.failures - failures;
  const lastsMs = Math.min(openMs * 2 ** Math.max(opened, 0), Math.max(longestOpenMs, openMs));
  const circuit = { sinceMs: agent.failedAtMs, untilMs: agent.failedAtMs + lastsMs };
  const limit = { sinceMs: agent.limitedAtMs, untilMs: agent.retryAtMs };
  if (opened >= 0 && circuit.untilMs >= limit.untilMs) return { reason: "circuit_open", ...circuit };
  return limit.untilMs > 0 ? { reason: "rate_limited", ...limit } : undefined;
}

/** How long `wait` still lasts. A clock that went back cannot make it longer than it was. */
export function remainingMs({ sinceMs, untilMs }: AgentWait, nowMs: number): number {
  if (nowMs < sinceMs) return untilMs - sinceMs;
  return Math.max(0, untilMs - nowMs);
}
