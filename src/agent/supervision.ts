import type { Clock } from "../ports.ts";
import type { Child } from "./processes.ts";
import { heldPipeMs } from "./read-pipe.ts";

/** Why we ended a child that had not ended by itself. */
export type EndReason = "deadline" | "stopped" | "silent";

export interface Limits {
  /** From the start; no time-out if absent. */
  readonly timeoutMs?: number;
  /** Between asking (SIGTERM) and forcing (SIGKILL). */
  readonly graceMs: number;
  /** Aborted: the child has the grace period to end by itself; then it is asked to, and soon forced. */
  readonly signal?: AbortSignal;
  /** Aborted: the child is forced at once. */
  readonly killSignal?: AbortSignal;
}

/**
 * Watches over one child: ends its process group at the deadline, or the grace period after it was told that all is to
 * stop. SIGTERM first, SIGKILL after a while; after {@link close} nothing of a group that was asked to end is left in it.
 */
export class Supervision {
  readonly #child: Child;
  readonly #clock: Clock;
  readonly #graceMs: number;
  /** What is still awaited; an agent has a deadline for each of its commands. */
  readonly #callOffs = new Set<() => void>();
  #exited = false;
  #asked = false;
  #reason: EndReason | undefined;

  constructor(child: Child, clock: Clock, limits: Limits) {
    this.#child = child;
    this.#clock = clock;
    this.#graceMs = limits.graceMs;
    void child.exited.then(() => {
      this.#exited = true;
    });
    if (limits.timeoutMs !== undefined) this.endAfter(limits.timeoutMs, "deadline");
    this.#onAbort(limits.signal, () => this.#after(this.#graceMs, () => this.#stop()));
    this.#onAbort(limits.killSignal, () => this.kill("stopped"));
  }

  /** Set if the child was still running when we ended it; the first reason counts. */
  get reason(): EndReason | undefined {
    return this.#reason;
  }

  /** How long others may hold the pipes of the child after its end: a group that was asked to end has the grace period. */
  patienceMs(): number {
    return this.#asked ? Math.max(heldPipeMs, this.#graceMs) : heldPipeMs;
  }

  /** SIGTERM to the group, SIGKILL after the grace period. */
  end(reason: EndReason): void {
    this.#note(reason);
    this.#ask();
  }

  /** SIGKILL to the group. */
  kill(reason: EndReason): void {
    this.#note(reason);
    this.#force();
  }

  /** The grace period has passed before: from asking to forcing it is not far. */
  #stop(): void {
    if (this.#exited) return;
    this.#note("stopped");
    this.#ask(Math.min(this.#graceMs, stopAskedMs));
  }

  /** A child that is no longer needed may take this time to end by itself. That is no reason. */
  expectExit(withinMs = this.#graceMs): void {
    this.#after(withinMs, () => !this.#exited && this.#ask());
  }

  /** Ends the child after `delayMs`, unless the returned function calls it off. */
  endAfter(delayMs: number, reason: EndReason): () => void {
    return this.#after(delayMs, () => !this.#exited && this.end(reason));
  }

  /** The child has ended and its pipes are read. */
  close(): void {
    for (const callOff of this.#callOffs) callOff();
    if (this.#asked) this.#child.endGroup("SIGKILL");
  }

  #note(reason: EndReason): void {
    if (!this.#exited) this.#reason ??= reason;
  }

  #ask(forceAfterMs = this.#graceMs): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#child.endGroup("SIGTERM");
    this.#after(forceAfterMs, () => this.#force());
  }

  #force(): void {
    this.#asked = true;
    this.#child.endGroup("SIGKILL");
  }

  #after(delayMs: number, action: () => void): () => void {
    const startedMs = this.#clock.monotonicMs();
    let callOffTimer = () => {};
    const arm = (leftMs: number): void => {
      callOffTimer = this.#clock.after(Math.min(leftMs, longestTimerMs), () => {
        const stillMs = delayMs - (this.#clock.monotonicMs() - startedMs);
        if (leftMs > longestTimerMs) arm(stillMs);
        else callOff(action);
      });
    };
    const callOff = (then: () => void = () => {}): void => {
      this.#callOffs.delete(callOff);
      callOffTimer();
      then();
    };
    this.#callOffs.add(callOff);
    arm(delayMs);
    return callOff;
  }

  #onAbort(signal: AbortSignal | undefined, action: () => void): void {
    if (signal === undefined) return;
    if (signal.aborted) {
      action();
      return;
    }
    signal.addEventListener("abort", action, { once: true });
    this.#callOffs.add(() => signal.removeEventListener("abort", action));
  }
}

/** A child that has been given its grace period already has so long to end once it is asked to. */
const stopAskedMs = 2_000;

/** A longer delay (24.8 days) would make Node's timers fire at once. */
const longestTimerMs = 2_147_483_647;
