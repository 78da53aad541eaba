import type { Clock } from "../ports.ts";

const remembered = 32;
const shortSyncMs = 1;
const turnMs = 10;
export const takingTurnsFrom = 50;

/**
 * How syncs are done: short ones in place (asynchronous calls cost 90 µs more), long ones in a thread of their own, so that
 * a slow disk does not stop timers and heartbeats; and never for more than 10 ms in place without a turn of the event
 * loop, or signals starve. From 50 in flight short ones are done there, too: what half of them have to do
 * mostly takes longer than the sync of the other half, which then costs nothing.
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
    this.#remember(this.#clock.monotonicMs() - startMs < shortSyncMs);
  }

  /** Its end is heard of only when nothing else is to be done: how long it took beyond the time that was waited, nobody knows. */
  async measureAsync(sync: () => Promise<void>): Promise<void> {
    const [startMs, idleMs] = [this.#clock.monotonicMs(), this.#clock.idleMs()];
    await sync();
    const isShort = this.#clock.monotonicMs() - startMs < shortSyncMs;
    const isLong = this.#clock.idleMs() - idleMs >= shortSyncMs;
    if (isShort || isLong) this.#remember(isShort);
  }

  #remember(isShort: boolean): void {
    const place = this.#syncs % remembered;
    if (this.#wereShort[place] === true) this.#shortOnes -= 1;
    if (isShort) this.#shortOnes += 1;
    this.#wereShort[place] = isShort;
    this.#syncs += 1;
  }
}
