import type { RunLayout } from "../../durable/layout.ts";
import { RunledgerError } from "../../errors.ts";
import type { LedgerEntry } from "../../ledger/entry.ts";
import { damageError } from "../../ledger/floor.ts";
import { inspectEntries, type LedgerEnd, readEntries } from "../../ledger/read.ts";
import { evolve } from "../../runstate/evolve.ts";
import type { RunState } from "../../runstate/state.ts";
import type { World } from "../place/world.ts";
import { tornTail } from "./torn-tail.ts";

/** A run's state, folded by a reader, and what people should know of its ledger. */
export interface Fold {
  readonly state: RunState;
  readonly notes: readonly string[];
  /** Bytes behind the last entry: what a dead process left, or what a living one is writing. */
  readonly tail?: string;
}

/** The state after the last entry, chain checked. Throws `LEDGER_DAMAGED`. */
export function checkedFold(world: World, run: RunLayout): Fold {
  const { state, end } = foldAll(run, readEntries(world.disk, run));
  return { state: present(run, state, end), ...remarks(run, end) };
}

/**
 * The state after the last entry, without looking at hashes. Where something is wrong at the end of the ledger, or means
 * nothing, it is read again with its chain checked, and what is found is a note.
 */
export function quickFold(world: World, run: RunLayout): Fold {
  const quick = meaningful(() => foldAll(run, inspectEntries(world.disk, run, false)));
  const state = quick && present(run, quick.state, quick.end);
  if (state !== undefined && quick?.end.scan.broken === undefined) return { state, notes: [] };
  try {
    const { state: checked, end } = foldAll(run, inspectEntries(world.disk, run));
    return { state: state === undefined ? present(run, checked, end) : (checked ?? state), ...remarks(run, end) };
  } catch (error) {
    if (!(error instanceof RunledgerError) || state === undefined) throw error;
    return { state, notes: [error.message] };
  }
}

/** Undefined where a line has no meaning: it may be what a power cut has left. */
function meaningful<Value>(fold: () => Value): Value | undefined {
  try {
    return fold();
  } catch (error) {
    if (error instanceof RunledgerError && error.code === "LEDGER_DAMAGED") return undefined;
    throw error;
  }
}

/** The state after entry `at`; what comes behind it is not looked at. `USAGE` if there is no such entry. */
export function foldUpTo(world: World, run: RunLayout, at: number, checkChain: boolean): Fold {
  let state: RunState | undefined;
  for (const entry of readEntries(world.disk, run, checkChain)) {
    const before = state;
    state = understood(run, entry, () => evolve(before, entry));
    if (entry.seq === at) return { state, notes: [] };
  }
  throw new RunledgerError("USAGE", `there is no entry ${at}: the ledger has ${state?.head.seq ?? 0}`, {
    hint: `Name one from 1 to ${state?.head.seq ?? 0}.`,
    details: { at, entries: state?.head.seq ?? 0 },
  });
}

/**
 * What `fold` makes of an entry that nobody vouches for: what has a place in the chain and still is no message of ours is
 * `LEDGER_DAMAGED`, naming its line.
 */
export function understood(run: RunLayout, entry: LedgerEntry, fold: () => RunState): RunState {
  try {
    return fold();
  } catch (cause) {
    // What was folded before may be read again, and not be readable any more: that says nothing of this entry.
    if (cause instanceof RunledgerError && cause.code !== "INVARIANT") throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RunledgerError("LEDGER_DAMAGED", `${run.ledger}: line ${entry.seq}: the entry has no meaning: ${why}`, {
      hint: "Nothing was changed. Restore the run's folder from a backup.",
      details: { file: run.ledger, line: entry.seq },
      cause,
    });
  }
}

function foldAll(run: RunLayout, entries: Generator<LedgerEntry, LedgerEnd>) {
  let state: RunState | undefined;
  let step = entries.next();
  for (; !step.done; step = entries.next()) {
    const { value: entry } = step;
    const before = state;
    state = understood(run, entry, () => evolve(before, entry));
  }
  return { state, end: step.value };
}

/** Without a sound entry 1 there is damage or no run, whatever a first look took for one. */
function present(run: RunLayout, state: RunState | undefined, { damage }: LedgerEnd): RunState {
  if (state !== undefined) return state;
  if (damage !== undefined) throw damageError(run.ledger, damage);
  throw new RunledgerError("RUN_NOT_FOUND", `${run.ledger}: no entry was ever acknowledged, so there is no run`, {
    hint: "List the runs that are there: runledger status",
    details: { file: run.ledger },
  });
}

function remarks(run: RunLayout, { scan, damage }: LedgerEnd): Omit<Fold, "state"> {
  if (damage !== undefined) return { notes: [damageError(run.ledger, damage).message] };
  return scan.broken === undefined ? { notes: [] } : { notes: [], tail: tornTail(scan) };
}

/** What people should know of the ledger of a run that is alive, or not. */
export function notesOf({ notes, tail }: Fold, alive: boolean): readonly string[] {
  return alive || tail === undefined ? notes : [...notes, tail];
}
