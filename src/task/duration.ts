/** Hours, minutes, seconds, milliseconds, in this order, each at most once: `500ms`, `90s`, `10m`, `1h30m`. */
export const durationPattern = /^(?=\d)(\d{1,9}h)?(\d{1,9}m)?(\d{1,9}s)?(\d{1,9}ms)?$/;

/** 24 days: timers of the system hold 2³¹ − 1 ms and run out at once beyond that. */
export const maxTimeoutMs = 24 * 24 * 3_600_000;

const unitsMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of a text that matches {@link durationPattern}. */
export function durationMs(text: string): number {
  const parts = [...text.matchAll(/(\d+)([hms]+)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitsMs[unit ?? ""] ?? 0), 0);
}
