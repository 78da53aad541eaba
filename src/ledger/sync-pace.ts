import type { Clock } from "../ports.ts";

const remembered = 32;
const shortSyncMs = 1;
const turnMs = 10;
const takingTurnsFrom = 50;

/**
 * How syncs are done: short ones in place (asynchronous calls cost 90 µs more), long ones in the thread pool, so that
 * a slow disk does not stop timers and heartbeats; and never for more than 10 ms in place without a turn of the event
 * loop, or signals starve. From 50 steps in flight short ones are done in the thread pool, too: what half of them have
 * to do takes longer than the sync of the other half, which then costs nothing.
 */
export class SyncPace {
  readonly #clock: Clock;
  /** Of the latest syncs, in a ring: whether each was short. */
  readonly #wereShort: boolean[] = [];
  /** How many of them were. */
  #shortOnes = 0;
  #syncs = 0;
  #turnStartedMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The event loop had its turn. */
  turnStarted(): void {
    this.#turnStartedMs = this.#clock.monotonicMs();
  }

  maySyncNow(): boolean {
    return this.syncsAreShort() && this.#clock.monotonicMs() - this.#turnStartedMs < turnMs;
  }

  /** The median of the last 32 syncs is below 1 ms. Before the first one, hope. */
  syncsAreShort(): boolean {
    return this.#shortOnes * 2 > this.#wereShort.length || this.#syncs === 0;
  }

  /** While the lines of one half of those in flight are synced, the other half works. */
  takesTurns(inFlight: number): boolean {
    return inFlight >= takingTurnsFrom && this.syncsAreShort();
  }

  measure(sync: () => void): void {
    const startMs = this.#clock.monotonicMs();
    sync();
    this.#remember(startMs);
  }

  /** Only how long there was nothing else to do: when it ended before, nobody knows, and nobody waited for it. */
  async measureAsync(sync: () => Promise<void>): Promise<void> {
    let idleSinceMs: number | undefined;
    this.#clock.soon(() => {
      idleSinceMs = this.#clock.monotonicMs();
    });
    await sync();
    this.#remember(idleSinceMs ?? this.#clock.monotonicMs());
  }

  #remember(startMs: number): void {
    const isShort = this.#clock.monotonicMs() - startMs < shortSyncMs;
    const place = this.#syncs % remembered;
    if (this.#wereShort[place] === true) this.#shortOnes -= 1;
    if (isShort) this.#shortOnes += 1;
    this.#wereShort[place] = isShort;
    this.#syncs += 1;
  }
}
