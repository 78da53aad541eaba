import type { EventEntry } from "../ledger/entry.ts";

type Said = Pick<EventEntry, "event" | "payload" | "at">;

/** True for an `error` event that says when to try again, or that there was too much: the step has not failed. */
export function isRateLimit({ event, payload }: Pick<Said, "event" | "payload">): boolean {
  return event === "error" && (payload["code"] === "rate_limited" || saidTimeMs(payload) !== undefined);
}

/**
 * When the command may be sent again, in milliseconds since the epoch: as the agent says; 60 s × 2ⁿ, at most 5 minutes,
 * where it says no time. `count`: how often in a row it was too much, from 1. Never sooner than after 1 s × 2ⁿ, at most 60 s
 * (a time that has passed must not make a loop), and asked again at the latest after a day.
 */
export function retryAtMs({ payload, at }: Said, count: number): number {
  const atMs = Date.parse(at);
  const unsaidMs = Math.min(60_000 * 2 ** (count - 1), 300_000);
  const soonestMs = Math.min(1_000 * 2 ** (count - 1), 60_000);
  const saidMs = saidTimeMs(payload) ?? afterMs(payload, atMs) ?? atMs + unsaidMs;
  return Math.min(Math.max(saidMs, atMs + soonestMs), atMs + 86_400_000);
}

function saidTimeMs({ retry_at: retryAt }: Record<string, unknown>): number | undefined {
  const timeMs = typeof retryAt === "string" ? Date.parse(retryAt) : Number.NaN;
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

function afterMs({ retry_after_s: afterS }: Record<string, unknown>, atMs: number): number | undefined {
  return typeof afterS === "number" && Number.isFinite(afterS) ? atMs + afterS * 1000 : undefined;
}
