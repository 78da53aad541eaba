/** Why a run waits and until when, as `run.waiting` and the run state say it. */
export function waitText(waiting: { agent?: unknown; reason?: unknown; until?: unknown } | undefined): string {
  const { agent, reason, until } = waiting ?? {};
  const why = reason === "rate_limited" ? "it was too much for it" : "it has failed too often in a row";
  return `agent ${agent} is not asked before ${until}: ${why}`;
}
