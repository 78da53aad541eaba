import type { Readable } from "node:stream";
import type { Clock } from "../ports.ts";
import type { Child } from "./processes.ts";

/** How long the pipe of a process that has ended is waited for, and once more after its group was killed. */
export const heldPipeMs = 1_000;
/** More than the system buffers for a pipe: what comes beyond it after the end is not what the process left behind. */
const maxBytesAfterEnd = 8 * 1_048_576;

export interface PipeReading {
  readonly stream: Readable;
  readonly child: Pick<Child, "exited" | "endGroup">;
  readonly clock: Clock;
  /** How long others may hold the pipe, asked when the child has ended: {@link heldPipeMs}, or longer while it is being ended. */
  patienceMs(): number;
  /** Gets each chunk; the next one is read when its promise settles, so a slow taker makes the writer wait. */
  take(chunk: Uint8Array): void | Promise<void>;
}

/**
 * Reads the output of a child to its end. Resolves when the pipe is closed, or when the child has ended and somebody
 * else (a background process that inherited the pipe) keeps it open: such a pipe is waited for `patienceMs`, then the
 * child's group is killed, and after {@link heldPipeMs} the pipe is given up. Time spent in `take` does not count: what
 * the child left in the pipe is read however slow the taker is. Rejects only with what `take` throws.
 */
export async function readPipe(reading: PipeReading): Promise<void> {
  const patience = new Patience(reading);
  const chunks = reading.stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      patience.wait();
      const chunk = await nextOf(chunks);
      patience.pause();
      if (chunk === undefined) return;
      if (patience.allows(chunk.length)) await reading.take(chunk);
    }
  } finally {
    patience.close();
    reading.stream.destroy();
  }
}

/** Undefined at the end. A pipe that fails (or was given up) has ended. */
async function nextOf(chunks: AsyncIterator<unknown>): Promise<Uint8Array | undefined> {
  try {
    const next = await chunks.next();
    return next.done === true ? undefined : (next.value as Uint8Array);
  } catch {
    return undefined;
  }
}

/** Counts how long and how much is read from a child that has ended. */
class Patience {
  readonly #reading: PipeReading;
  #ended = false;
  #closed = false;
  #waiting = false;
  /** Counts the waits, so that a timer of an earlier one is recognised. */
  #wait = 0;
  #waitedSinceMs = 0;
  #leftMs = 0;
  #groupKilled = false;
  #bytesAfterEnd = 0;
  #callOff: (() => void) | undefined;

  constructor(reading: PipeReading) {
    this.#reading = reading;
    void reading.child.exited.then(() => {
      this.#ended = true;
      this.#leftMs = reading.patienceMs();
      if (this.#waiting) this.wait();
    });
  }

  /** The reader waits for bytes from now on. */
  wait(): void {
    if (this.#closed) return;
    this.#waiting = true;
    if (!this.#ended) return;
    const { clock } = this.#reading;
    const wait = ++this.#wait;
    this.#waitedSinceMs = clock.monotonicMs();
    // One turn more: while this process was kept busy the timer became due before the bytes could be read.
    this.#callOff = clock.after(this.#leftMs, () => {
      clock.soon(() => this.#waiting && wait === this.#wait && this.#exhausted());
    });
  }

  pause(): void {
    this.#waiting = false;
    if (this.#callOff === undefined) return;
    this.#callOff();
    this.#callOff = undefined;
    this.#leftMs = Math.max(0, this.#leftMs - (this.#reading.clock.monotonicMs() - this.#waitedSinceMs));
  }

  /** False for what a background process goes on printing without a pause. */
  allows(sizeBytes: number): boolean {
    if (this.#ended) this.#bytesAfterEnd += sizeBytes;
    if (this.#bytesAfterEnd <= maxBytesAfterEnd) return true;
    this.#reading.child.endGroup("SIGKILL");
    this.#reading.stream.destroy();
    return false;
  }

  close(): void {
    this.#closed = true;
    this.pause();
  }

  #exhausted(): void {
    if (this.#groupKilled) {
      // Who holds it has left the group (setsid): it is found by the run's token later.
      this.#reading.stream.destroy();
      return;
    }
    this.#reading.child.endGroup("SIGKILL");
    this.#groupKilled = true;
    this.#leftMs = heldPipeMs;
    this.wait();
  }
}
