import type { Clock } from "../ports.ts";

const remembered = 32;
const shortSyncMs = 1;
const turnMs = 10;
/** In flight. Below, turns are slower: see docs/decisions/where-syncs-are-done.md. */
export const takingTurnsFrom = 50;

/**
 * How syncs are done: short ones in place (asynchronous calls cost 90 µs more), long ones in a thread of their own, so that
 * a slow disk does not stop timers and heartbeats; and never for more than 10 ms in place without a turn of the event
 * loop, or signals starve. From 50 in flight short ones are done in that thread, too: while the lines of
 * one half are synced the other half works, which mostly takes longer.
 */
export class SyncPace {
  readonly #clock: Clock;
  /** Of the latest syncs, in a ring: whether each was short. */
  readonly #wereShort: boolean[] = [];
  /** How many of them were. */
  #shortOnes = 0;
  #known = 0;
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

  /** Most of the last 32 syncs of which it is known took less than 1 ms. Before the first one, hope. */
  syncsAreShort(): boolean {
    return this.#shortOnes * 2 > this.#wereShort.length || this.#known === 0;
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

  /**
   * Its end is heard of only when nothing else is to be done. So it was long for certain only if it was waited for: with
   * nothing to do, or in the call, where there is no thread for it.
   */
  async measureAsync(sync: () => Promise<void>): Promise<void> {
    const [startMs, idleMs] = [this.#clock.monotonicMs(), this.#clock.idleMs()];
    const ended = sync();
    const inCallMs = this.#clock.monotonicMs() - startMs;
    await ended;
    const waitedMs = inCallMs + this.#clock.idleMs() - idleMs;
    const isShort = this.#clock.monotonicMs() - startMs < shortSyncMs;
    if (isShort || waitedMs >= shortSyncMs) this.#remember(isShort);
  }

  #remember(isShort: boolean): void {
    const place = this.#known % remembered;
    if (this.#wereShort[place] === true) this.#shortOnes -= 1;
    if (isShort) this.#shortOnes += 1;
    this.#wereShort[place] = isShort;
    this.#known += 1;
  }
}
