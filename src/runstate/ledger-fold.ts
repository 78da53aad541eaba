import { invariant } from "../errors.ts";
import type { EventEntry, LedgerEntry } from "../ledger/entry.ts";
import type { EntryPlace, ReadBack } from "../ledger/read-back.ts";
import type { ScannedCall } from "../ledger/scan.ts";
import { type CallPlace, Commands } from "./commands.ts";
import { commandOfCall, evolve } from "./evolve.ts";
import type { RunState } from "./state.ts";

/**
 * The fold of a ledger that is read from its beginning: what {@link evolve} makes of its entries, while those of function
 * steps are not even parsed (see {@link Commands}).
 */
export class LedgerFold {
  readonly #readBack: Pick<ReadBack, "entry">;
  readonly #mostKept: number | undefined;
  /** Commands that were first heard of by an entry that has just been appended: where it lies. */
  readonly #onlyEntry = new Map<string, EntryPlace>();
  #state: RunState | undefined;
  #commands: Commands | undefined;
  /** The latest call, of which the state knows only its command, its key, and the name of its step. */
  #latest: EntryPlace | undefined;
  #latestKey = "";
  #latestStep = "";

  /** `mostKept`: see {@link Commands}. */
  constructor(readBack: Pick<ReadBack, "entry">, mostKept?: number) {
    this.#readBack = readBack;
    this.#mostKept = mostKept;
  }

  /** The state after what was read so far. */
  get state(): RunState | undefined {
    this.#settle();
    return this.#state;
  }

  /** `place`: of an entry that has just been appended, whose command may be released. */
  entry(entry: LedgerEntry, place?: EntryPlace): RunState {
    this.#settle();
    if (entry.kind === "event" && entry.command !== undefined) {
      this.#notePlace(entry.command.idempotency_key, place);
    }
    const state = evolve(this.#state, entry);
    if (this.#state === undefined) {
      const made = ({ n, ...at }: CallPlace) => commandOfCall(this.#readBack.entry(at) as EventEntry, n);
      this.#commands = new Commands(made, this.#mostKept);
      this.#state = { ...state, commands: this.#commands };
    }
    return this.#state;
  }

  /** Nobody waits for this command any more: if one entry told of it, that is where it is found from now on. */
  release(key: string): void {
    const place = this.#onlyEntry.get(key);
    this.#onlyEntry.delete(key);
    if (place !== undefined) this.#commands?.release(key, place);
  }

  /** With the ordinal of the terminal event; undefined if the key is known already: then it is to be folded as an entry. */
  call({ seq, startByte, endByte, call }: ScannedCall): { state: RunState; n: number } | undefined {
    const state = this.#state;
    const key = call.key;
    if (state === undefined || this.#commands === undefined || this.#commands.has(key)) return undefined;
    state.terminalEvents += 1;
    const place = { seq, startByte, endByte, n: state.terminalEvents };
    this.#commands.setCall(key, place);
    if (!call.isOfStep(this.#latestStep)) {
      this.#noteStep();
      this.#latestStep = call.step;
    }
    this.#latestKey = key;
    this.#latest = place;
    return { state, n: place.n };
  }

  #notePlace(key: string, place: EntryPlace | undefined): void {
    if (place === undefined || this.#commands?.has(key) !== false) this.#onlyEntry.delete(key);
    else this.#onlyEntry.set(key, place);
  }

  #noteStep(): void {
    if (this.#latestKey !== "") this.#state?.keyOfStep.set(this.#latestStep, this.#latestKey);
    this.#latestKey = "";
  }

  /** What each call changes, the last one decides. */
  #settle(): void {
    if (this.#latest === undefined) return;
    const state = this.#state;
    invariant(state !== undefined, "no call comes before entry 1");
    this.#noteStep();
    const { seq, hash, at, message_id: messageId } = this.#readBack.entry(this.#latest) as EventEntry;
    state.head = { seq, hash };
    state.updatedAt = at;
    state.lastMessageId = messageId;
    this.#latest = undefined;
  }
}
