import { Secrets } from "../../agent/secrets.ts";
import { RunledgerError } from "../../errors.ts";
import { decisionAction } from "../../protocol/event-names.ts";
import { notMerelyCalls } from "../../runstate/commands.ts";
import { type CommandState, commandOfStep } from "../../runstate/state.ts";
import { unwrittenEffects } from "../../task/task.ts";
import type { Driver } from "../command/driver.ts";
import { refuseMissingVariables } from "../command/missing-variables.ts";
import type { OpenRun } from "../command/open-run.ts";
import { runEvent } from "../command/records.ts";
import { refuseSecret } from "../command/secret-inputs.ts";
import type { Policy } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";
import { findPlace } from "../place/store.ts";
import { checkDrift, type DriftChoice } from "./check-drift.ts";
import { clearUp, type Life, noteRecovery, openRun } from "./clear-up.ts";
import { finish } from "./finish.ts";
import type { DriveOptions } from "./options.ts";
import { type RunOutcome, settledOutcome } from "./outcome.ts";
import type { LoadedTask } from "./recorded-task.ts";

/** What one process brings to a run. */
export interface Session extends Life {
  /** True if this process has just created the run: nothing of an earlier life is left then. */
  readonly isNew: boolean;
  readonly load: (run: OpenRun) => Promise<LoadedTask>;
  readonly policy: Policy;
  readonly onDrift: DriftChoice;
  readonly options: DriveOptions;
}

/**
 * Works on a run until it ends or pauses: the one path of `run` and `resume`. Recovers the ledger, ends what a dead
 * process left, looks for drift, then does what the fold says is still to do.
 */
export async function work(session: Session): Promise<RunOutcome> {
  const run = await openRun(session);
  return run.closeAfterwards(() => workOnOpen(run, session));
}

async function workOnOpen(run: OpenRun, session: Session): Promise<RunOutcome> {
  await noteRecovery(run, session);
  const task = await session.load(run);
  run.steps = task.driver.steps;
  if (task.file !== undefined) run.unwrittenEffects = unwrittenEffects(task.file);
  const settled = settledOutcome(run);
  if (settled === undefined) return workOn(run, session, task);
  await clearUp(session, run.token);
  run.copy.mend(run.state.head.hash);
  return settled;
}

async function workOn(run: OpenRun, session: Session, task: LoadedTask): Promise<RunOutcome> {
  const { driver } = task;
  const workspace = workspaceOf(run);
  const context = contextOf(run, session, driver, workspace);
  refuseMissingVariables(session.world, driver.variables);
  for (const [step, result] of session.policy.results) refuseSecret(context.secrets, step, result);
  if (!session.isNew) {
    await clearUp(session, context.token);
    const drift = await checkDrift(
      run,
      { ...session.place, workspace },
      task,
      session.onDrift,
      session.options.onNotice,
    );
    refuseIdleChoices(run, session.policy);
    if (driver.isSettled(context)) {
      run.copy.mend(run.state.head.hash);
      return settledOutcome(run, true) as RunOutcome;
    }
    await noteResume(run, drift);
  }
  if (session.isNew) run.copy.write(true);
  else run.copy.plan();
  return finish(run, await driver.drive(context));
}

function contextOf(run: OpenRun, { world, policy }: Session, driver: Driver, workspace: string): StepContext {
  const secrets = new Secrets(world.host.environment, driver.variables);
  return { run, policy, secrets, workspace, variables: driver.variables, token: run.token };
}

/** Steps and keys speak of the workspace that the run was started in. */
function workspaceOf({ world, state }: OpenRun): string {
  if (world.disk.stat(state.workspace) !== undefined) return findPlace(world, { workspace: state.workspace }).workspace;
  throw new RunledgerError("FILE_NOT_FOUND", `the workspace of ${state.runId} is not there: ${state.workspace}`, {
    hint: "Move it back, or put a symlink in its place; then resume the run.",
    details: { run_id: state.runId, workspace: state.workspace },
  });
}

/** A choice for a step that is not in doubt is a slip of the keyboard. */
function refuseIdleChoices(run: OpenRun, policy: Policy): void {
  for (const step of policy.inDoubt.keys()) {
    const command = commandOfStep(run.state, step);
    if (command !== undefined && isDoubtful(command)) continue;
    const doubtful = [...notMerelyCalls(run.state.commands)].filter(isDoubtful).map((each) => each.step);
    throw new RunledgerError("USAGE", `step ${step} is not in doubt`, {
      hint: doubtful.length === 0 ? "No step of this run is." : `In doubt: ${doubtful.join(", ")}`,
      details: { step, in_doubt: doubtful },
    });
  }
}

/** A decision that nobody has answered is not in doubt: it was asked, and is answered by one of its options. */
function isDoubtful({ action, ended }: CommandState): boolean {
  return ended === undefined && action !== decisionAction;
}

async function noteResume(run: OpenRun, drift: Record<string, unknown> | undefined): Promise<void> {
  const { world, state } = run;
  const { pid, bootId } = world.host;
  const payload = { boot_id: bootId, head: { ...state.head }, pid };
  await run.append(runEvent(world, state, "run.resumed", payload));
  if (drift !== undefined) await run.append(runEvent(world, state, "drift.found", drift));
}
