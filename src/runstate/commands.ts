import type { CallNews } from "../ledger/call-record.ts";
import type { EntryPlace } from "../ledger/read-back.ts";
import type { CommandState } from "./state.ts";

/** Where the terminal entry of a function step lies, and its ordinal among the run's terminal events. */
export interface CallPlace extends EntryPlace {
  readonly n: number;
}

/** In `run.json`: more would be megabytes, which take longer to write and to read than all else that a resume does. */
export const mostListedSteps = 10_000;

/** What a list shows of a function step. */
export type CallOutline = Omit<CallNews, "hash"> & Pick<CallPlace, "n">;

/** The command of a function step, made of what is kept of it. */
export interface MadeCommands {
  readonly at: (place: CallPlace) => CommandState;
  /** Without what it was given, what it returned and the hash of its entry. */
  readonly outlineOf: (call: CallOutline) => CommandState;
}

/**
 * The commands of a run by key. Of a function step of which one entry tells that it succeeded, only the place of that is
 * kept: whoever asks for the command gets it made of the entry. So memory does not go by what steps returned, and
 * opening a run does not wait until all of it is parsed.
 */
export class Commands extends Map<string, CommandState> {
  readonly #made: MadeCommands;
  readonly #mostKept: number;
  readonly #places = new Places();

  /** `mostKept`: of so many, the first, the outline is kept if they are appended, as they are listed again and again. */
  constructor(made: MadeCommands, mostKept = mostListedSteps) {
    super();
    this.#made = made;
    this.#mostKept = mostKept;
  }

  /** A call that was read. */
  addPlace(key: string, place: CallPlace): void {
    super.set(key, this.#places.add(place) as unknown as CommandState);
  }

  /** A call that was appended. */
  addCall(call: CallNews, place: CallPlace): void {
    if (this.size >= this.#mostKept) this.addPlace(call.key, place);
    else super.set(call.key, new KeptOutline(call, place.n, this.#places.add(place)) as unknown as CommandState);
  }

  /**
   * The first `most` commands in their order, to be listed: of calls, not always with inputs, payload and hash. Of the others,
   * undefined stands for a call.
   */
  *first(most: number): Generator<CommandState | undefined> {
    let count = 0;
    for (const held of this.#held()) {
      yield isCommand(held) || count < most ? this.#outline(held) : undefined;
      count += 1;
    }
  }

  /** All but the calls: these have succeeded, and have no artifacts. */
  *whole(): Generator<CommandState> {
    for (const held of this.#held()) if (isCommand(held)) yield held;
  }

  /** To look at, not to be changed: of a call, each gets a command of their own. */
  override get(key: string): CommandState | undefined {
    const held = super.get(key);
    return held === undefined ? undefined : this.#whole(held);
  }

  /** To be changed: kept whole from now on. */
  hold(key: string): CommandState | undefined {
    const held = super.get(key);
    if (held === undefined || isCommand(held)) return held;
    const command = this.#whole(held);
    super.set(key, command);
    return command;
  }

  override *values(): MapIterator<CommandState> {
    for (const held of super.values()) yield this.#whole(held);
  }

  override *entries(): MapIterator<[string, CommandState]> {
    for (const [key, held] of super.entries()) yield [key, this.#whole(held)];
  }

  override [Symbol.iterator](): MapIterator<[string, CommandState]> {
    return this.entries();
  }

  override forEach(action: (command: CommandState, key: string, map: Map<string, CommandState>) => void): void {
    for (const [key, command] of this.entries()) action(command, key, this);
  }

  #held(): Iterable<Held> {
    return super.values();
  }

  #outline(held: Held): CommandState {
    return held instanceof KeptOutline ? this.#made.outlineOf(held) : this.#whole(held);
  }

  #whole(held: Held): CommandState {
    if (isCommand(held)) return held;
    return this.#made.at(this.#places.at(typeof held === "number" ? held : held.place));
  }
}

/** What the map really holds; its type only knows the first: a command, the outline of a call, or the index of its place. */
type Held = CommandState | KeptOutline | number;

function isCommand(held: Held): held is CommandState {
  return typeof held !== "number" && !(held instanceof KeptOutline);
}

class KeptOutline implements CallOutline {
  readonly seq: number;
  readonly n: number;
  readonly key: string;
  readonly step: string;
  readonly at: string;
  readonly messageId: string;
  readonly correlationId: string;
  /** Index of its place. */
  readonly place: number;

  constructor({ seq, key, step, at, messageId, correlationId }: CallNews, n: number, place: number) {
    this.seq = seq;
    this.n = n;
    this.key = key;
    this.step = step;
    this.at = at;
    this.messageId = messageId;
    this.correlationId = correlationId;
    this.place = place;
  }
}

/** See {@link Commands.first}. */
export function firstOf(commands: Map<string, CommandState>, most: number): Iterable<CommandState | undefined> {
  return commands instanceof Commands ? commands.first(most) : commands.values();
}

/** The commands that may have artifacts, or may not have ended well. */
export function notMerelyCalls(commands: Map<string, CommandState>): Iterable<CommandState> {
  return commands instanceof Commands ? commands.whole() : commands.values();
}

/** Many places, in columns. */
class Places {
  #seqs = new Uint32Array(1024);
  #starts = new Float64Array(1024);
  #lengths = new Uint32Array(1024);
  #ordinals = new Uint32Array(1024);
  #count = 0;

  add({ seq, startByte, endByte, n }: CallPlace): number {
    if (this.#count === this.#seqs.length) this.#grow();
    const index = this.#count;
    this.#count += 1;
    this.#seqs[index] = seq;
    this.#starts[index] = startByte;
    this.#lengths[index] = endByte - startByte;
    this.#ordinals[index] = n;
    return index;
  }

  at(index: number): CallPlace {
    const startByte = this.#starts[index] ?? 0;
    const endByte = startByte + (this.#lengths[index] ?? 0);
    return { seq: this.#seqs[index] ?? 0, startByte, endByte, n: this.#ordinals[index] ?? 0 };
  }

  #grow(): void {
    const length = this.#count * 2;
    this.#seqs = grown(this.#seqs, new Uint32Array(length));
    this.#starts = grown(this.#starts, new Float64Array(length));
    this.#lengths = grown(this.#lengths, new Uint32Array(length));
    this.#ordinals = grown(this.#ordinals, new Uint32Array(length));
  }
}

function grown<Column extends Uint32Array | Float64Array>(column: Column, larger: Column): Column {
  larger.set(column);
  return larger;
}
