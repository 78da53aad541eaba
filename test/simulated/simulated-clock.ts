import type { Clock } from "../../src/ports.ts";

interface Timer {
  readonly dueMs: number;
  readonly action: () => void;
  readonly isAlive: () => boolean;
}

/** What became of something that was waited for in simulated time. */
export type Settled<Value> =
  | { readonly kind: "done"; readonly value: Value }
  | { readonly kind: "threw"; readonly error: unknown }
  /** It waits for something that will never come: nobody has anything left to do, or only asks again and again. */
  | { readonly kind: "stuck" };

const longestWaitMs = 86_400_000;

/**
 * The time of one simulated machine. It passes only when nobody has anything left to do, and then jumps to the next
 * timer: an hour costs nothing. The wall clock may jump in both directions, the monotonic one never goes back.
 */
export class SimulatedTime {
  #monotonicMs = 1_000;
  #wallOffsetMs = Date.UTC(2026, 10, 21, 7);
  #soon: Timer[] = [];
  #timers: Timer[] = [];

  /** The clock of one process. What it has planned is forgotten once it is dead. */
  clock(isAlive: () => boolean): Clock {
    return {
      now: () => this.#wallOffsetMs + this.#monotonicMs,
      monotonicMs: () => this.#monotonicMs,
      // What these processes do takes no time.
      idleMs: () => this.#monotonicMs,
      after: (delayMs, action) => {
        const timer = { dueMs: this.#monotonicMs + delayMs, action, isAlive };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((each) => each !== timer);
        };
      },
      soon: (action) => void this.#soon.push({ dueMs: this.#monotonicMs, action, isAlive }),
    };
  }

  /** Somebody sets the wall clock. */
  jump(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  pass(ms: number): void {
    this.#monotonicMs += ms;
  }

  /** Lets time pass until `promise` is settled or `isOver`. */
  async until<Value>(
    promise: Promise<Value>,
    isOver: () => boolean = () => false,
  ): Promise<Settled<Value> | undefined> {
    let settled: Settled<Value> | undefined;
    promise.then(
      (value) => {
        settled = { kind: "done", value };
      },
      (error: unknown) => {
        settled = { kind: "threw", error };
      },
    );
    const giveUpMs = this.#monotonicMs + longestWaitMs;
    for (let idleTurns = 0; this.#monotonicMs < giveUpMs; ) {
      await turn();
      if (settled !== undefined || isOver()) return settled;
      if (this.#takeTurn()) idleTurns = 0;
      else if (++idleTurns < 3) continue;
      else if (this.#fireNextTimer()) idleTurns = 0;
      else break;
    }
    return { kind: "stuck" };
  }

  #takeTurn(): boolean {
    const next = this.#soon.shift();
    if (next?.isAlive()) next.action();
    return next !== undefined;
  }

  #fireNextTimer(): boolean {
    this.#timers = this.#timers.filter(({ isAlive }) => isAlive());
    const next = this.#timers.reduce<Timer | undefined>(
      (first, each) => (first === undefined || each.dueMs < first.dueMs ? each : first),
      undefined,
    );
    if (next === undefined) return false;
    this.#timers = this.#timers.filter((each) => each !== next);
    this.#monotonicMs = Math.max(this.#monotonicMs, next.dueMs);
    next.action();
    return true;
  }
}

/** All that is settled and all streams of this very process have had their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
