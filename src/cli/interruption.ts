import { RunledgerError } from "../index.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof signals)[number];

/**
 * Ctrl-C and its kin while a run is driven: the first one stops it gently, the second at once. A terminal that is closed
 * (SIGHUP) is like SIGTERM.
 */
export class Interruption {
  /** Aborted by the first signal. The reason is a refusal, for what has not begun. */
  readonly stop = new AbortController();
  /** Aborted by the second. */
  readonly kill = new AbortController();
  readonly #onStop: (signal: string) => void;
  #first: Signal | undefined;

  constructor(onStop: (signal: string) => void) {
    this.#onStop = onStop;
    for (const signal of signals) process.on(signal, this.#received);
  }

  /** The exit status of a run that this has paused; undefined if there was no signal. */
  get exitStatus(): number | undefined {
    if (this.#first === undefined) return undefined;
    return this.#first === "SIGINT" ? 130 : 143;
  }

  /** Signals do again what they do by default. */
  release(): void {
    for (const signal of signals) process.off(signal, this.#received);
  }

  readonly #received = (signal: Signal): void => {
    if (this.#first !== undefined) {
      this.kill.abort();
      return;
    }
    this.#first = signal;
    this.#onStop(signal);
    this.stop.abort(refusal(signal));
  };
}

function refusal(signal: Signal): RunledgerError {
  const code = signal === "SIGINT" ? "INTERRUPTED" : "TERMINATED";
  return new RunledgerError(code, `${signal} came before the answer; nothing was started`, {
    hint: "Type the same command again.",
  });
}
