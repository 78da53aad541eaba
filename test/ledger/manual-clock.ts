import type { Clock } from "../../src/ports.ts";

interface Timer {
  readonly dueMs: number;
  readonly action: () => void;
}

/** Time that passes when the test says so, mostly with nothing to do. Turns of the event loop are real ones. */
export class ManualClock implements Clock {
  #passedMs = 0;
  #workedMs = 0;
  #timers: Timer[] = [];

  now(): number {
    return Date.UTC(2026, 10, 21, 7) + this.#passedMs;
  }

  monotonicMs(): number {
    return this.#passedMs;
  }

  idleMs(): number {
    return this.#passedMs - this.#workedMs;
  }

  after(delayMs: number, action: () => void): () => void {
    const timer = { dueMs: this.#passedMs + delayMs, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  soon(action: () => void): void {
    setImmediate(action);
  }

  /** Time passes while the process is busy. */
  work(ms: number): void {
    this.#workedMs += ms;
    this.pass(ms);
  }

  pass(ms: number): void {
    this.#passedMs += ms;
    const due = this.#timers.filter(({ dueMs }) => dueMs <= this.#passedMs);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { action } of due) action();
  }

  /** How many actions are planned for later. */
  get pending(): number {
    return this.#timers.length;
  }
}
