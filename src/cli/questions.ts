import { createInterface, type Interface } from "node:readline";
import type { Output } from "./output.ts";

/** One answer that a person may give. */
export interface Choice<Value> {
  /** What is typed: a letter or a number. */
  readonly letter: string;
  /** As shown, e.g. `[R]esume (recommended)`. */
  readonly label: string;
  readonly value: Value;
}

/** Asks the person at the terminal: one question at a time, until the run is to stop. */
export class Questions {
  readonly #output: Output;
  readonly #stop: AbortSignal;
  #lines: AsyncIterator<string> | undefined;
  #reader: Interface | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(output: Output, stop: AbortSignal) {
    this.#output = output;
    this.#stop = stop;
  }

  /** Runs `dialogue` when those before it have ended. */
  async inTurn<Value>(dialogue: () => Promise<Value>): Promise<Value> {
    const turn = this.#last.then(dialogue);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** What was chosen; an empty line chooses the first. Undefined: the input ended, or the run is to stop. */
  async choose<Value>(choices: readonly Choice<Value>[]): Promise<Value | undefined> {
    for (;;) {
      this.#output.aside(choices.map(({ label }) => label).join("  "));
      const answer = await this.#nextLine();
      if (answer === undefined) return undefined;
      const typed = answer.trim().toLowerCase();
      const chosen = typed === "" ? choices[0] : choices.find(({ letter }) => letter.toLowerCase() === typed);
      if (chosen !== undefined) return chosen.value;
      this.#output.aside(`Type one of ${choices.map(({ letter }) => letter).join(", ")}.`);
    }
  }

  /** Throws the refusal that the stop was given as its reason, if the run is to stop. */
  throwIfStopped(): void {
    this.#stop.throwIfAborted();
  }

  /** Lets go of the input, which would keep the process alive. */
  close(): void {
    this.#reader?.close();
  }

  async #nextLine(): Promise<string | undefined> {
    if (this.#stop.aborted) return undefined;
    // Not as a terminal: Ctrl-C stays a signal.
    this.#reader ??= createInterface({ input: process.stdin, terminal: false });
    this.#lines ??= this.#reader[Symbol.asyncIterator]();
    const line = this.#lines.next().then((next) => (next.done === true ? undefined : next.value));
    const stopped = new Promise<undefined>((resolve) =>
      this.#stop.addEventListener("abort", () => resolve(undefined), { once: true }),
    );
    return Promise.race([line, stopped]);
  }
}

/** True if there is somebody to ask. */
export function canAsk(output: Output, noInput: boolean): boolean {
  return !noInput && !output.json && process.stdin.isTTY === true && process.stderr.isTTY === true;
}
