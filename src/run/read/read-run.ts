import type { RunLayout } from "../../durable/layout.ts";
import type { LockOwner } from "../../durable/writer-lock.ts";
import { RunledgerError } from "../../errors.ts";
import { runStateDocument } from "../../runstate/document.ts";
import type { RunStateDocument } from "../../runstate/state-schema.ts";
import { findRun, locateRun, type ReadOptions, readingRun } from "../place/find-run.ts";
import { seenOwner } from "../place/seen-owner.ts";
import type { World } from "../place/world.ts";
import { checkedFold, type Fold, foldUpTo, notesOf, quickFold } from "./fold.ts";
import { namedSteps } from "./named-steps.ts";

/** A run as somebody sees it who only looks. */
export interface RunView {
  /** The run state (schemas/v1/run-state), folded from the ledger. */
  readonly state: RunStateDocument;
  /** Whether a process seems to work on it. A hint: see the lock's content. */
  readonly alive: boolean;
  /** The process that last owned the run, if it can be read. */
  readonly owner: LockOwner | undefined;
  /** What people should know: bytes that were never acknowledged, a task file that is missing. */
  readonly notes: readonly string[];
}

export interface ReadRunOptions extends ReadOptions {
  runId: string;
  /** The state after the entry with this seq, as if nothing had come after it. Default: after the last one. */
  at?: number | undefined;
  /**
   * Whether hashes and watermark are checked; damage is then refused with `LEDGER_DAMAGED`, else it is at most a note.
   * Default false, which is faster: nothing should be decided by what is read then.
   */
  checkChain?: boolean | undefined;
}

/**
 * Reads a run. Nothing is written or locked; works while the run is alive and from a store that cannot be written.
 * `RUN_NOT_FOUND`, `ID_INVALID`, `USAGE` for an `at` that is no entry, `LEDGER_DAMAGED`, `FORMAT_NEWER`, `PERMISSION`,
 * `READ_FAILED`.
 */
export function readRun(options: ReadRunOptions): RunView {
  const { world, run, runId } = locateRun(options);
  checkSeq("at", options.at);
  return readingRun(runId, () => {
    const { owner, exists } = seenOwner(world, run);
    const fold = foundFold(world, run, options);
    const alive = exists && fold.state.status === "running" && options.at === undefined;
    const steps = namedSteps(world, run);
    const pid = owner?.pid ?? world.host.pid;
    return {
      state: runStateDocument(fold.state, { steps: steps ?? [], alive, pid }),
      alive,
      owner,
      notes: [...notesOf(fold, alive), ...(steps === undefined ? [withoutTask] : [])],
    };
  });
}

const withoutTask = "task.json cannot be read: steps that were never started are not shown";

/** A seq that somebody gave: `USAGE` unless it is a whole number from 1 on. */
export function checkSeq(name: string, seq: number | undefined): void {
  if (seq === undefined || (Number.isSafeInteger(seq) && seq >= 1)) return;
  throw new RunledgerError("USAGE", `${name} is the seq of an entry, a whole number from 1 on, not ${seq}`, {
    hint: "The seq of the last entry is the head that `runledger show` prints.",
  });
}

/** Only where the ledger cannot be folded is it asked whether there is such a run: what is wrong with it says more. */
function foundFold(world: World, run: RunLayout, options: ReadRunOptions): Fold {
  try {
    return foldOf(world, run, options);
  } catch (error) {
    findRun(options);
    throw error;
  }
}

function foldOf(world: World, run: RunLayout, { at, checkChain = false }: ReadRunOptions): Fold {
  if (at !== undefined) return foldUpTo(world, run, at, checkChain);
  return checkChain ? checkedFold(world, run) : quickFold(world, run);
}
