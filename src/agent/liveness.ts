import type { Clock } from "../ports.ts";

/** This many heartbeats may be missed. */
const missesAllowed = 3;

/**
 * Tells when an agent has fallen silent: no message from it for three heartbeat intervals, whatever else it prints,
 * counted only while somebody listens (while the ledger is behind, nothing is read and silence means nothing).
 */
export class Liveness {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onSilent: () => void;
  #closed = false;
  /** Of the limit, what was not yet waited for since the last message. */
  #leftMs: number;
  #listeningSinceMs = 0;
  /** Counts the waits, so that a timer of an earlier one is recognised. */
  #wait = 0;
  #callOff: () => void = () => {};

  constructor(clock: Clock, heartbeatIntervalMs: number, onSilent: () => void) {
    this.#clock = clock;
    this.#limitMs = missesAllowed * heartbeatIntervalMs;
    this.#leftMs = this.#limitMs;
    this.#onSilent = onSilent;
    this.listening();
  }

  /** Bytes have arrived and are being worked on. */
  busy(): void {
    if (this.#closed) return;
    this.#disarm();
    this.#leftMs = Math.max(0, this.#leftMs - (this.#clock.monotonicMs() - this.#listeningSinceMs));
  }

  /** A message was among them. */
  heard(): void {
    this.#leftMs = this.#limitMs;
  }

  /** All that has arrived is done; more is waited for. */
  listening(): void {
    if (this.#closed) return;
    const wait = ++this.#wait;
    this.#listeningSinceMs = this.#clock.monotonicMs();
    // One turn more: while this process was kept busy the timer became due before the bytes could be read.
    this.#callOff = this.#clock.after(this.#leftMs, () => {
      this.#clock.soon(() => wait === this.#wait && this.#onSilent());
    });
  }

  close(): void {
    this.#closed = true;
    this.#disarm();
  }

  #disarm(): void {
    this.#wait++;
    this.#callOff();
  }
}
