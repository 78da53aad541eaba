import { envNames } from "../agent/env-reference.ts";
import { Secrets } from "../agent/secrets.ts";
import { Retries } from "../durable/retries.ts";
import { RunledgerError } from "../errors.ts";
import type { RunStateDocument } from "../runstate/state-schema.ts";
import type { OpenRun } from "./command/open-run.ts";
import { runEvent } from "./command/records.ts";
import { taskIdOf } from "./place/find-run.ts";
import { refuseNoRunId } from "./place/given-text.ts";
import { ownRun } from "./place/owner.ts";
import { ensureStore, findPlace } from "./place/store.ts";
import { asRunledgerError } from "./place/system-error.ts";
import { systemWorld } from "./place/world.ts";
import { namedSteps, uncheckedTask } from "./read/named-steps.ts";
import { clearUp, type Life, noteRecovery, openRun } from "./session/clear-up.ts";
import { retryRules } from "./session/flush-retries.ts";
import type { DriveOptions } from "./session/options.ts";

export interface AbortOptions
  extends Pick<DriveOptions, "workspace" | "store" | "world" | "onEntry" | "onNotice" | "flushRetries"> {
  runId: string;
  /** Why, for those who read the ledger later. Values of secret variables are redacted. */
  note?: string | undefined;
}

/**
 * Ends a run for good: it cannot be resumed any more, and a start of its task begins anew. What its dead process left
 * running is ended first; commands in flight stay in doubt for ever. Aborting an aborted run again
 * changes nothing but what an abort that was killed has left half-written.
 *
 * Rejects with `RUN_COMPLETED`, `RUN_OWNED` while a process works on it, `RUN_NOT_FOUND`, `LEDGER_DAMAGED` and the
 * like. A missing or damaged `task.json` is no hindrance.
 */
export async function abort(options: AbortOptions): Promise<RunStateDocument> {
  refuseNoRunId(options);
  try {
    return await abortRun(options);
  } catch (error) {
    throw asRunledgerError(error, `${options.runId} cannot be aborted`, "WRITE_FAILED");
  }
}

async function abortRun(options: AbortOptions): Promise<RunStateDocument> {
  const { world = systemWorld, runId } = options;
  const rules = retryRules(world, options);
  const place = findPlace(world, options);
  const retries = new Retries(rules);
  const taskId = await retries.until(() => taskIdOf(world, place, runId));
  ensureStore(world, place);
  const lock = await retries.until(() => ownRun(world, place, runId));
  const life: Life = { world, place, runId, taskId, lock, retryRules: rules, options };
  const run = await openRun(life);
  return run.closeAfterwards(async () => {
    run.steps = namedSteps(world, run.layout) ?? [];
    await noteRecovery(run, life);
    refuseCompleted(run);
    if (run.state.status === "aborted") await tidyAborted(run, life);
    else await end(run, life, options.note);
    return run.document(false);
  });
}

function refuseCompleted({ state }: OpenRun): void {
  if (state.status !== "completed") return;
  throw new RunledgerError("RUN_COMPLETED", `${state.runId} has completed; there is nothing to abort`, {
    hint: `See what it did: runledger show --run ${state.runId}`,
    details: { run_id: state.runId },
  });
}

/** The abort before this one may have been killed behind its final entry: no resume clears up after it any more. */
async function tidyAborted(run: OpenRun, life: Life): Promise<void> {
  await clearUp(life, run.token);
  run.copy.mend(run.state.head.hash);
}

async function end(run: OpenRun, life: Life, note: string | undefined): Promise<void> {
  const { world, state, layout } = run;
  await clearUp(life, run.token);
  const secrets = new Secrets(world.host.environment, envNames(uncheckedTask(world, layout)));
  const payload = {
    ...(note === undefined ? {} : { note: secrets.redactText(note.toWellFormed()) }),
    reason: "aborted by user",
  };
  await run.end(runEvent(world, state, "run.aborted", payload, "aborted"));
}
