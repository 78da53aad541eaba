import type { Policy } from "./step-command.ts";

/**
 * The signals of one process's work on a run: aborted with those of its policy until {@link release}, or by
 * {@link abort}. Whoever still listens to them afterwards is kept alive by nobody: a caller's signal may outlive a
 * thousand runs, and Node keeps what `AbortSignal.any` returns for as long as it has a listener.
 */
export class OwnSignals {
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();
  readonly #callOffs: (() => void)[] = [];

  constructor({ stop, kill }: Policy) {
    this.#follow(stop, this.#stop);
    this.#follow(kill, this.#kill);
  }

  /** `policy` with these signals. */
  of(policy: Policy): Policy {
    return { ...policy, stop: this.#stop.signal, kill: this.#kill.signal };
  }

  abort(reason: unknown): void {
    this.#stop.abort(reason);
    this.#kill.abort(reason);
  }

  release(): void {
    for (const callOff of this.#callOffs) callOff();
  }

  #follow(signal: AbortSignal, controller: AbortController): void {
    const abort = () => controller.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    this.#callOffs.push(() => signal.removeEventListener("abort", abort));
  }
}
