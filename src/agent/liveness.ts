import type { Clock } from "../ports.ts";

/** This many heartbeats may be missed. */
const missesAllowed = 3;

/**
 * Tells when an agent has fallen silent: no byte from it for three heartbeat intervals, counted only while somebody
 * listens (while the ledger is behind, nothing is read and silence means nothing). Its first message is due within the
 * same time, whatever else it prints.
 */
export class Liveness {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onSilent: () => void;
  #spoken = false;
  #closed = false;
  /** Counts what ended a wait, so that a timer of an earlier one is recognised. */
  #wait = 0;
  #callOff: () => void = () => {};

  constructor(clock: Clock, heartbeatIntervalMs: number, onSilent: () => void) {
    this.#clock = clock;
    this.#limitMs = missesAllowed * heartbeatIntervalMs;
    this.#onSilent = onSilent;
    this.#arm();
  }

  /** Bytes have arrived and are being worked on. */
  busy(): void {
    if (this.#spoken) this.#disarm();
  }

  /** All that has arrived is done; more is waited for. */
  listening(): void {
    if (this.#spoken && !this.#closed) this.#arm();
  }

  /** The first message has arrived. */
  spoken(): void {
    this.#spoken = true;
    this.#disarm();
  }

  close(): void {
    this.#closed = true;
    this.#disarm();
  }

  #arm(): void {
    const wait = ++this.#wait;
    // One turn more: while this process was kept busy the timer became due before the bytes could be read.
    this.#callOff = this.#clock.after(this.#limitMs, () => {
      this.#clock.soon(() => wait === this.#wait && this.#onSilent());
    });
  }

  #disarm(): void {
    this.#wait++;
    this.#callOff();
  }
}
