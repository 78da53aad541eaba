import { invariant } from "../errors.ts";
import { type Appended, type CallNews, entryOf } from "../ledger/call-record.ts";
import type { EventEntry, LedgerEntry } from "../ledger/entry.ts";
import type { EntryPlace, ReadBack } from "../ledger/read-back.ts";
import type { ScannedCall } from "../ledger/scan.ts";
import { Commands } from "./commands.ts";
import { commandOfCall, evolve, outlineOfCall } from "./evolve.ts";
import type { RunState } from "./state.ts";

/**
 * The fold of a ledger that is read from its beginning, and of what is appended to it: what {@link evolve} makes of its
 * entries, while those of function steps are not even parsed, nor made (see {@link Commands}).
 */
export class LedgerFold {
  readonly #readBack: Pick<ReadBack, "entry">;
  readonly #mostKept: number | undefined;
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

  entry(entry: LedgerEntry): RunState {
    this.#settle();
    const state = evolve(this.#state, entry);
    if (this.#state === undefined) {
      this.#commands = new Commands(
        {
          at: ({ n, ...place }) => commandOfCall(this.#readBack.entry(place) as EventEntry, n),
          outlineOf: outlineOfCall,
        },
        this.#mostKept,
      );
      this.#state = { ...state, commands: this.#commands };
    }
    return this.#state;
  }

  /** What was appended after all that was read. `call`: it is that of a function step whose key is new. */
  appended(appended: Appended, place: EntryPlace): { state: RunState; call?: CallNews } {
    this.#settle();
    const call = newsOfCall(appended);
    const state = this.#state;
    if (call === undefined || state === undefined || this.#commands?.has(call.key) !== false) {
      return { state: this.entry(entryOf(appended)) };
    }
    invariant(call.seq === state.head.seq + 1, () => `entry ${call.seq} follows entry ${state.head.seq}`);
    state.terminalEvents += 1;
    state.head = { seq: call.seq, hash: call.hash };
    state.updatedAt = call.at;
    state.lastMessageId = call.messageId;
    state.keyOfStep.set(call.step, call.key);
    this.#commands.addCall(call, { ...place, n: state.terminalEvents });
    return { state, call };
  }

  /** With the ordinal of the terminal event; undefined if the key is known already: then it is to be folded as an entry. */
  call({ seq, startByte, endByte, call }: ScannedCall): { state: RunState; n: number } | undefined {
    const state = this.#state;
    const key = call.key;
    if (state === undefined || this.#commands === undefined || this.#commands.has(key)) return undefined;
    state.terminalEvents += 1;
    const place = { seq, startByte, endByte, n: state.terminalEvents };
    this.#commands.addPlace(key, place);
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

/** What a function step's line tells; also of an entry appended whole that says no more. Undefined if it says more. */
function newsOfCall(appended: Appended): CallNews | undefined {
  if ("entry" in appended) return appended;
  if (appended.kind !== "event" || appended.command?.action !== "call") return undefined;
  const { command, event, status, from, attempt, artifacts, seq, hash, at } = appended;
  const isFirst = event === "call.completed" && status === "success" && from.agent_type === "call" && attempt === 1;
  if (!isFirst || artifacts !== undefined) return undefined;
  const { message_id: messageId, correlation_id: correlationId } = appended;
  const { idempotency_key: key, step } = command;
  return { seq, hash, at, step, key, messageId, correlationId };
}
