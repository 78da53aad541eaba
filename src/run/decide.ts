import { envNames } from "../agent/env-reference.ts";
import { Secrets } from "../agent/secrets.ts";
import { Retries } from "../durable/retries.ts";
import { RunledgerError } from "../errors.ts";
import { refuseReservedMembers } from "../objects/reserved-members.ts";
import { decisionAction } from "../protocol/event-names.ts";
import { notMerelyCalls } from "../runstate/commands.ts";
import type { CommandState, Decided } from "../runstate/state.ts";
import type { RunStateDocument } from "../runstate/state-schema.ts";
import { itemOfRef } from "../task/items.ts";
import type { Decision } from "../task/task.ts";
import { choiceUnknown, decisionEvent, recordableNote } from "./command/decision.ts";
import type { OpenRun } from "./command/open-run.ts";
import { refuseSecret } from "./command/secret-inputs.ts";
import { doubtChoices } from "./command/step-command.ts";
import { jsonCopy } from "./function/json-copy.ts";
import { taskIdOf } from "./place/find-run.ts";
import { refuseNoRunId } from "./place/given-text.ts";
import { ownRun } from "./place/owner.ts";
import { ensureStore, findPlace } from "./place/store.ts";
import { asRunledgerError } from "./place/system-error.ts";
import { systemWorld } from "./place/world.ts";
import { namedSteps, uncheckedTask } from "./read/named-steps.ts";
import { stepUnknown } from "./read/step-unknown.ts";
import { noteRecovery, openRun } from "./session/clear-up.ts";
import { retryRules } from "./session/flush-retries.ts";
import type { DriveOptions } from "./session/options.ts";
import { refuseAborted } from "./session/outcome.ts";

export interface DecideOptions
  extends Pick<DriveOptions, "workspace" | "store" | "world" | "onEntry" | "onNotice" | "flushRetries"> {
  runId: string;
  /** The step or the item (`step[item]`), by its id or its key. */
  step: string;
  /** Of a decision one of its options; of a step in doubt `done`, `retry`, `skip` or `fail`. */
  choice: string;
  /** With `done`: the result to record. JSON; default null. */
  result?: unknown;
  /** Why, for those who read it later: at most 4,000 characters. Values of secret variables are redacted. */
  note?: string | undefined;
}

export interface DecideOutcome {
  readonly state: RunStateDocument;
  /** False if the same choice had been recorded before; nothing was changed then, not even the note. */
  readonly isNew: boolean;
}

/**
 * Records what somebody chose for a step: the answer to a decision, or what is to become of a step in doubt. It is
 * durable when this resolves; nothing is done by it: the next resume acts on it, and never asks again.
 *
 * Rejects with `STEP_UNKNOWN`, `NOTHING_TO_DECIDE`, `CHOICE_UNKNOWN`, `DECIDED_ALREADY` (something else),
 * `RUN_COMPLETED`, `RUN_ABORTED`, `RUN_OWNED` while a process works on the run, `RUN_NOT_FOUND`, `LEDGER_DAMAGED` and
 * the like.
 */
export async function decide(options: DecideOptions): Promise<DecideOutcome> {
  refuseNoRunId(options);
  try {
    return await decideStep(options);
  } catch (error) {
    throw asRunledgerError(error, `the choice for ${options.step} cannot be recorded`, "WRITE_FAILED");
  }
}

async function decideStep(options: DecideOptions): Promise<DecideOutcome> {
  const { world = systemWorld, runId } = options;
  const rules = retryRules(world, options);
  const place = findPlace(world, options);
  const retries = new Retries(rules);
  const taskId = await retries.until(() => taskIdOf(world, place, runId));
  ensureStore(world, place);
  const lock = await retries.until(() => ownRun(world, place, runId));
  const life = { world, place, runId, taskId, lock, retryRules: rules, options };
  const run = await openRun(life);
  return run.closeAfterwards(async () => {
    run.steps = namedSteps(world, run.layout) ?? [];
    await noteRecovery(run, life);
    const command = undecided(run, options.step);
    const isNew = isNews(run, command, options);
    if (isNew) await record(run, command, options);
    return { state: run.document(false), isNew };
  });
}

/** The command that somebody may decide something about. */
function undecided(run: OpenRun, step: string): CommandState {
  const { state } = run;
  refuseAborted(state);
  const command = state.commands.get(state.keyOfStep.get(step) ?? step);
  if (command === undefined && !run.steps.includes(step) && !isListedItem(run, step))
    throw stepUnknown(state.runId, step, [...run.steps, ...state.keyOfStep.keys()]);
  // What was decided may be asked to be decided the same way again, also after the step has ended by it.
  if (command !== undefined && (command.ended === undefined || command.decided !== undefined)) return command;
  refuseCompleted(run);
  throw nothingToDecide(run, step, whyNothing(run, step, command));
}

/** An item of a list that is known, whether it was started or not. */
function isListedItem(run: OpenRun, ref: string): boolean {
  const named = itemOfRef(ref);
  const items = named && run.recorded(run.state.batches.get(named.step)?.items);
  return Array.isArray(items) && items.includes(named?.item);
}

function whyNothing({ state }: OpenRun, step: string, command: CommandState | undefined): string {
  if (state.batches.has(step)) return "each of its items is decided by itself";
  return command === undefined ? "it was not started yet" : `it has ended: ${command.ended?.event}`;
}

function nothingToDecide({ state }: OpenRun, step: string, why: string): RunledgerError {
  const open = [...notMerelyCalls(state.commands)].filter(
    ({ ended, decided }) => ended === undefined && decided === undefined,
  );
  const steps = open.map((command) => command.step);
  return new RunledgerError("NOTHING_TO_DECIDE", `there is nothing to decide about ${step}: ${why}`, {
    hint:
      steps.length === 0
        ? `No step of this run waits for a choice. See: runledger status --run ${state.runId}`
        : `These wait for a choice: ${steps.join(", ")}`,
    details: { run_id: state.runId, step, undecided: steps },
  });
}

/** False if the same was chosen before. Throws `CHOICE_UNKNOWN`, `DECIDED_ALREADY` and `USAGE`. */
function isNews(run: OpenRun, command: CommandState, { choice, result }: DecideOptions): boolean {
  const { step, decided } = command;
  const choices = choicesOf(command);
  if (!choices.includes(choice)) throw choiceUnknown(step, choice, choices);
  if (result !== undefined && (choice !== "done" || command.action === decisionAction)) {
    throw new RunledgerError("USAGE", `a result is for a step in doubt that is said to be done, not for ${choice}`, {
      hint: "Leave the result out, or choose done.",
    });
  }
  if (decided !== undefined && decided.choice !== choice) throw decidedAlready(run, command, decided);
  return decided === undefined;
}

function choicesOf({ action, inputs }: CommandState): readonly string[] {
  if (action !== decisionAction) return doubtChoices;
  return (inputs as unknown as Decision).options.map(({ id }) => id);
}

function decidedAlready({ state }: OpenRun, { step, action }: CommandState, decided: Decided): RunledgerError {
  const resume = `runledger resume --run ${state.runId}`;
  const hint =
    action === decisionAction
      ? `An answer stays. Go on with it: ${resume}`
      : `Go on with it: ${resume}; to have it otherwise, if it has not ended: ${resume} --in-doubt ${step}=CHOICE`;
  return new RunledgerError("DECIDED_ALREADY", `${step} was decided before: ${decided.choice}`, {
    hint,
    details: { run_id: state.runId, step, choice: decided.choice },
  });
}

/** Before: nobody has chosen. After: the choice is durable, and `run.json` says so. */
async function record(run: OpenRun, command: CommandState, { choice, note, result }: DecideOptions): Promise<void> {
  const { world, state, layout } = run;
  refuseCompleted(run);
  const secrets = new Secrets(world.host.environment, envNames(uncheckedTask(world, layout)));
  const copy = result === undefined ? undefined : jsonCopy(result);
  refuseReservedMembers(copy, { allowEnv: false });
  refuseSecret(secrets, command.step, copy ?? null);
  const said = { choice, result: copy, note: recordableNote(note, (text) => secrets.redactText(text)) };
  await run.end(decisionEvent(run, { ...command, taskId: state.taskId }, command.attempt, said));
}

function refuseCompleted({ state }: OpenRun): void {
  if (state.status !== "completed") return;
  throw new RunledgerError("RUN_COMPLETED", `${state.runId} has completed; there is nothing to decide`, {
    hint: `See what it did: runledger show --run ${state.runId}`,
    details: { run_id: state.runId },
  });
}
