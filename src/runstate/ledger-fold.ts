import { invariant } from "../errors.ts";
import type { EventEntry, LedgerEntry } from "../ledger/entry.ts";
import type { EntryPlace, ReadBack } from "../ledger/read-back.ts";
import type { ScannedCall } from "../ledger/scan.ts";
import { Commands } from "./commands.ts";
import { commandOfCall, evolve } from "./evolve.ts";
import type { RunState } from "./state.ts";

/**
 * The fold of a ledger that is read from its beginning: what {@link evolve} makes of its entries, while those of function
 * steps are not even parsed (see {@link Commands}).
 */
export class LedgerFold {
  readonly #readBack: Pick<ReadBack, "entry">;
  #state: RunState | undefined;
  #commands: Commands | undefined;
  /** The latest call, of which the state knows only its command, its key, and the name of its step. */
  #latest: EntryPlace | undefined;
  #latestKey = "";
  #latestStep = "";

  constructor(readBack: Pick<ReadBack, "entry">) {
    this.#readBack = readBack;
  }

  /** The state after what was read so far. */
  get state(): RunState | undefined {
    this.#settle();
    return this.#state;
  }

  entry(entry: LedgerEntry): RunState {
    this.#settle();
    const state = evolve(this.#state, entry);
    if (this.#state === undefined) {
      this.#commands = new Commands(({ n, ...place }) => commandOfCall(this.#readBack.entry(place) as EventEntry, n));
      this.#state = { ...state, commands: this.#commands };
    }
    return this.#state;
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
