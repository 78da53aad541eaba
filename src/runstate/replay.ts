import { invariant } from "../errors.ts";
import type { LedgerEntry } from "../ledger/entry.ts";
import { evolve } from "./evolve.ts";
import type { RunState } from "./state.ts";

/**
 * The run state after the last of `entries`, which begin with entry 1. Streams: entries are not kept.
 */
export function replay(entries: Iterable<LedgerEntry>): RunState {
  let state: RunState | undefined;
  for (const entry of entries) state = evolve(state, entry);
  invariant(state !== undefined, "a run has at least its first entry");
  return state;
}
