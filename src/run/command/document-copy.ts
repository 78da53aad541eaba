import { replaceFile } from "../../durable/replace.ts";
import { runStateFile } from "../../runstate/document.ts";
import type { RunStateDocument } from "../../runstate/state-schema.ts";
import type { World } from "../place/world.ts";

export interface DocumentCopyParts {
  readonly world: World;
  /** `run.json`. */
  readonly file: string;
  readonly runId: string;
  /** The run state as it is now. */
  readonly document: (alive: boolean) => RunStateDocument;
  /** How many steps it lists. */
  readonly listed: () => number;
}

/** It is at most so old, … */
const everyMs = 1000;
/** … unless writing it would take more than this part of the time. */
const share = 1 / 100;
/** What that will take, if it took less the last time: then the list was shorter. */
const msPerStep = 1 / 100;

/** `run.json` of an open run: a copy of its state for people and tools, that nothing decides by. */
export class DocumentCopy {
  readonly #parts: DocumentCopyParts;
  /** When it was written last, and how long that took. */
  #beganMs: number;
  #tookMs = 0;
  #callOffPlan: (() => void) | undefined;

  constructor(parts: DocumentCopyParts) {
    this.#parts = parts;
    this.#beganMs = parts.world.clock.monotonicMs();
  }

  /** Replaces it. */
  write(alive: boolean): void {
    const { world, file, runId, document } = this.#parts;
    const { disk, randomness, clock } = world;
    this.#beganMs = clock.monotonicMs();
    this.callOffPlan();
    try {
      replaceFile(disk, randomness, file, runStateFile(document(alive)), runId);
    } finally {
      this.#tookMs = clock.monotonicMs() - this.#beganMs;
    }
  }

  /** It is written in a second, also if nothing is appended: the opening of a long run does not wait for it. */
  plan(): void {
    this.#callOffPlan ??= this.#parts.world.clock.after(everyMs, () => this.#refresh());
  }

  callOffPlan(): void {
    this.#callOffPlan?.();
    this.#callOffPlan = undefined;
  }

  /** The run state has changed. */
  refreshIfDue(): void {
    const { world, listed } = this.#parts;
    const ageMs = world.clock.monotonicMs() - this.#beganMs;
    if (ageMs < everyMs) return;
    const takesMs = Math.max(this.#tookMs, listed() * msPerStep);
    if (ageMs >= takesMs / share) this.#refresh();
  }

  /** A process may have been killed between the final entry, whose hash is `head`, and this: written if it is of another. */
  mend(head: string): void {
    if (this.#head() !== head) this.write(false);
  }

  /** A copy that cannot be written now is written later; the ledger is what counts. */
  #refresh(): void {
    try {
      this.write(true);
    } catch {}
  }

  /** The hash of the entry that it was made after; undefined if there is none that can be read. */
  #head(): string | undefined {
    const { world, file } = this.#parts;
    try {
      const document = JSON.parse(Buffer.from(world.disk.readFile(file)).toString()) as RunStateDocument;
      return document.head.hash;
    } catch {
      return undefined;
    }
  }
}
