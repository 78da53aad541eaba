const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A length of time for people: `0.8 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export function durationText(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < 10 * second) return `${(ms / second).toFixed(1)} s`;
  if (ms < minute) return `${Math.floor(ms / second)} s`;
  if (ms < hour) return both(ms, minute, "min", second, "s");
  if (ms < day) return both(ms, hour, "h", minute, "min");
  return both(ms, day, "d", hour, "h");
}

function both(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeUnit}${rest === 0 ? "" : ` ${rest} ${smallUnit}`}`;
}

/** The time between two timestamps of a ledger. */
export function between(from: string, to: string): string {
  return durationText(Date.parse(to) - Date.parse(from));
}

/** A size for people, exact: `1,234 bytes`. */
export function sizeText(sizeBytes: number): string {
  return sizeBytes === 1 ? "1 byte" : `${countText(sizeBytes)} bytes`;
}

/** `12,345`. */
export function countText(count: number): string {
  return count.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}
