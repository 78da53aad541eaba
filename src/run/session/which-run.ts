import type { WriterLock } from "../../durable/writer-lock.ts";
import { RunledgerError } from "../../errors.ts";
import { type LookedUp, lookUp, type RunMatch } from "../place/look-up.ts";
import { lockStarts, ownRun } from "../place/owner.ts";
import type { Place } from "../place/store.ts";
import { tidyStore } from "../place/tidy-store.ts";
import type { World } from "../place/world.ts";
import type { MatchChoice, RunOptions } from "./options.ts";

/** The run that a start means, with its lock; or leave to create one, given while `startLock` is held. */
export type Which =
  | { readonly kind: "resume"; readonly runId: string; readonly lock: WriterLock }
  | { readonly kind: "create"; readonly startLock: WriterLock };

/**
 * Decides which run a start means. Looks up under the start lock; asks without it and looks again afterwards, since the
 * answer may be about a run that has ended meanwhile. Throws `RUN_OWNED`, `RUN_FAILED`, `SEVERAL_MATCHES`, `RUN_OLD`,
 * `TASK_EDITED` or `CANCELLED`; nothing is started then.
 */
export async function whichRun(
  world: World,
  place: Place,
  task: LookedUp,
  options: RunOptions,
  stop: AbortSignal,
): Promise<Which> {
  let choice: MatchChoice | undefined = options.noResume === true ? "fresh" : undefined;
  for (;;) {
    const startLock = await lockStarts(world, place, stop, (who) =>
      options.onNotice?.({ code: "START_AWAITED", message: `waiting for ${who}, which is starting a run` }),
    );
    try {
      tidyStore(world, place);
      const matches = choice === "fresh" ? [] : unfinished(world, place, task);
      const only = chosen(matches, choice) ?? (matches.length === 1 && !options.choose ? plain(matches[0]) : undefined);
      if (only !== undefined)
        return { kind: "resume", runId: only.runId, lock: release(startLock, ownRun(world, place, only.runId)) };
      if (matches.length === 0) return { kind: "create", startLock };
      startLock.release();
      choice = await ask(matches, options);
    } catch (error) {
      startLock.release();
      throw error;
    }
  }
}

/** Those of this very task; if there are none, those of an earlier version of it. */
export function unfinished(world: World, place: Place, task: LookedUp): RunMatch[] {
  const matches = lookUp(world, place, task);
  const same = matches.filter((match) => match.why !== "edited");
  return same.length > 0 ? same : matches;
}

function chosen(matches: RunMatch[], choice: MatchChoice | undefined): RunMatch | undefined {
  return typeof choice === "object" ? matches.find((match) => match.runId === choice.resume) : undefined;
}

/** With nobody to ask, one unfinished run is resumed. */
function plain(match: RunMatch | undefined): RunMatch | undefined {
  return match?.why === "unfinished" ? match : undefined;
}

/** The run's own lock is taken before the start lock is released. */
function release(startLock: WriterLock, runLock: WriterLock): WriterLock {
  startLock.release();
  return runLock;
}

async function ask(matches: RunMatch[], options: RunOptions): Promise<MatchChoice> {
  if (options.choose === undefined || onlyFailed(matches)) throw refusal(matches);
  const choice = await options.choose(matches);
  if (choice === "cancel")
    throw new RunledgerError("CANCELLED", "cancelled; nothing was started", { hint: "runledger status" });
  return choice;
}

/** To resume it would try nothing again: what a person means is one of the two commands that the refusal names. */
function onlyFailed(matches: RunMatch[]): boolean {
  return matches.length === 1 && matches[0]?.why === "failed";
}

/** Why nothing is started where nobody can be asked. */
export function refusal(matches: RunMatch[]): RunledgerError {
  const [first] = matches;
  const id = first?.runId ?? "";
  const resume = `runledger resume --run ${id}`;
  const details = { matches: matches.map(matchDocument) };
  if (matches.length > 1) {
    const list = matches.map(
      (match) =>
        `runledger resume --run ${match.runId}   # ${match.status === "running" ? "interrupted" : match.status}, ${match.updatedAt}`,
    );
    return new RunledgerError("SEVERAL_MATCHES", `${matches.length} unfinished runs match; nothing was started`, {
      hint: `Type one of:\n  ${list.join("\n  ")}\n  runledger run --no-resume …   # a new run`,
      details,
    });
  }
  switch (first?.why) {
    case "failed":
      return new RunledgerError("RUN_FAILED", `${id} of this task finished with failed steps; nothing was started`, {
        hint: `${resume} --retry-failed, or a new run with --no-resume`,
        details,
      });
    case "old":
      return new RunledgerError(
        "RUN_OLD",
        `${id} is unfinished, but its last entry is of ${first.updatedAt}; nothing was started`,
        {
          hint: `${resume}, or a new run with --no-resume`,
          details,
        },
      );
    default:
      return new RunledgerError(
        "TASK_EDITED",
        `${id} is an unfinished run of an earlier version of this task; nothing was started`,
        {
          hint: `${resume} goes on with the task as it was; --no-resume starts the edited one`,
          details,
        },
      );
  }
}

function matchDocument({ runId, why, status, updatedAt, steps }: RunMatch): Record<string, unknown> {
  const { completed, failed, inDoubt } = steps;
  return { run_id: runId, why, status, updated_at: updatedAt, steps: { completed, failed, in_doubt: inDoubt } };
}
