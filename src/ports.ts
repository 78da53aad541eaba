/**
 * Time and randomness come in from outside, so that the crash tests can decide both. (The disk is a port of
 * `durable/`, processes are one of `agent/`.)
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump in both directions: never used to measure or to order. */
  now(): number;
  /** Milliseconds from an arbitrary start that never go back: for durations, deadlines and ages. */
  monotonicMs(): number;
  /** Milliseconds for which the event loop has had nothing to do since it began. */
  idleMs(): number;
  /** Calls `action` once after `delayMs`; the returned function calls it off. Keeps the process alive. */
  after(delayMs: number, action: () => void): () => void;
  /** Calls `action` after the current turn of the event loop. */
  soon(action: () => void): void;
}

export interface Randomness {
  /** `count` fresh random bytes; they may be a part of a larger buffer. */
  bytes(count: number): Uint8Array;
}

/** RFC 3339 in UTC with milliseconds, e.g. `2026-11-21T07:00:01.000Z`. */
export function timestamp(clock: Clock): string {
  const now = clock.now();
  if (now !== printed.ms) printed = { ms: now, text: new Date(now).toISOString() };
  return printed.text;
}

/** An entry has two times, mostly of one millisecond; printing one costs as much as hashing the entry. */
let printed = { ms: Number.NaN, text: "" };

/** `count` random bytes as lower-case hex (two digits a byte). */
export function randomHex(randomness: Randomness, count: number): string {
  const bytes = randomness.bytes(count);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

/** The real clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  idleMs: () => performance.eventLoopUtilization().idle,
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
  soon: (action) => void setImmediate(action),
};

/** Asking the system costs 10 µs, however little is asked for. */
const pooledBytes = 4096;
let pool = new Uint8Array(0);
let taken = 0;

/** Randomness of the operating system, by way of Web Crypto, which loads nothing at start-up. No byte is given twice. */
export const systemRandomness: Randomness = {
  bytes: (count) => {
    if (taken + count > pool.length) {
      pool = crypto.getRandomValues(new Uint8Array(Math.max(count, pooledBytes)));
      taken = 0;
    }
    taken += count;
    return pool.subarray(taken - count, taken);
  },
};
