import { errnoOf } from "../errors.ts";
import type { Clock, Randomness } from "../ports.ts";

/** A failed call that is about to be tried again. */
export interface Retry {
  /** Which retry this will be, from 1. */
  readonly attempt: number;
  /** How many there may be. */
  readonly of: number;
  readonly delayMs: number;
  /** The errno, e.g. `EMFILE`. */
  readonly code: string;
  readonly message: string;
  /** How many entries wait for it. */
  readonly waiting: number;
}

export interface RetryRules {
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** Retries, not attempts: 0 is one try. */
  readonly most: number;
  readonly onRetry: (retry: Retry) => void;
}

/** Errors that pass by themselves. EIO and ENOSPC do not: waiting would only hide them. */
const transient = new Set(["EBUSY", "EAGAIN", "ENFILE", "EMFILE"]);
const firstDelayMs = 100;
const longestDelayMs = 2000;
const mostJitter = 0.1;

/** The retries of one thing that may fail for a moment: 100 ms × 2ⁿ between them, up to 2 s, plus up to 10 % of jitter. */
export class Retries {
  readonly #rules: RetryRules;
  #used = 0;

  constructor(rules: RetryRules) {
    this.#rules = rules;
  }

  /** How often it has been tried, once it has failed for good. */
  get attempts(): number {
    return this.#used + 1;
  }

  /** It worked: the next failure has all retries again. */
  succeeded(): void {
    this.#used = 0;
  }

  isWorthIt(error: unknown): boolean {
    return this.#used < this.#rules.most && transient.has(errnoBehind(error) ?? "");
  }

  /** Says what failed, and resolves when it is time to try again. */
  pause(error: unknown, waiting: number): Promise<void> {
    const { clock, most, onRetry } = this.#rules;
    const delayMs = this.#delayMs();
    this.#used += 1;
    const message = error instanceof Error ? error.message : String(error);
    onRetry({ attempt: this.#used, of: most, delayMs, code: errnoBehind(error) ?? "", message, waiting });
    return new Promise((resolve) => {
      clock.after(delayMs, resolve);
    });
  }

  /** What `action` returns, tried again while that is worth it. Throws its last error. */
  async until<Value>(action: () => Value): Promise<Value> {
    for (;;) {
      try {
        const value = action();
        this.succeeded();
        return value;
      } catch (error) {
        if (!this.isWorthIt(error)) throw error;
        await this.pause(error, 0);
      }
    }
  }

  #delayMs(): number {
    const [random = 0] = this.#rules.randomness.bytes(1);
    const delayMs = Math.min(firstDelayMs * 2 ** this.#used, longestDelayMs);
    return Math.round(delayMs * (1 + (mostJitter * random) / 255));
  }
}

/** The errno of a system error, also if it is the cause of one that says more. */
function errnoBehind(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const wrapped = cause === undefined ? undefined : errnoBehind(cause);
  return wrapped ?? errnoOf(error);
}
