import type { Clock, Randomness } from "../../ports.ts";

const firstMs = 1_000;
const longestMs = 60_000;

/** How long to wait before an agent is started again: up to 1 s × 2ⁿ, at most 60 s, with full jitter. */
export function restartDelayMs(randomness: Randomness, restartsBefore: number): number {
  const mostMs = Math.min(firstMs * 2 ** restartsBefore, longestMs);
  const share = Buffer.from(randomness.bytes(4)).readUInt32LE() / 2 ** 32;
  return Math.floor(mostMs * share);
}

/** Resolves after `delayMs`, or as soon as `stop` is aborted. */
export function sleep(clock: Clock, delayMs: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      callOff();
      stop.removeEventListener("abort", done);
      resolve();
    };
    const callOff = clock.after(delayMs, done);
    stop.addEventListener("abort", done);
    if (stop.aborted) done();
  });
}
