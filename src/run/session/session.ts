import { Secrets } from "../../agent/secrets.ts";
import { sweepProcesses } from "../../agent/sweep.ts";
import type { WriterLock } from "../../durable/writer-lock.ts";
import { RunledgerError } from "../../errors.ts";
import { commandOfStep } from "../../runstate/state.ts";
import { unwrittenEffects } from "../../task/task.ts";
import type { Driver } from "../command/driver.ts";
import { refuseMissingVariables } from "../command/missing-variables.ts";
import { OpenRun } from "../command/open-run.ts";
import { systemEvent } from "../command/records.ts";
import { refuseSecret } from "../command/secret-inputs.ts";
import type { Policy } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";
import { findPlace, type Place } from "../place/store.ts";
import { sweepTemporaries } from "../place/sweep-files.ts";
import type { World } from "../place/world.ts";
import { checkDrift, type DriftChoice } from "./check-drift.ts";
import type { LoadedTask } from "./driven-task.ts";
import { finish } from "./finish.ts";
import type { DriveOptions } from "./options.ts";
import { type RunOutcome, settledOutcome } from "./outcome.ts";

/** What one process brings to a run. */
export interface Session {
  readonly world: World;
  readonly place: Place;
  readonly runId: string;
  readonly taskId: string;
  /** The run's lock; released when the session ends, however it ends. */
  readonly lock: WriterLock;
  /** True if this process has just created the run: nothing of an earlier life is left then. */
  readonly isNew: boolean;
  readonly load: (run: OpenRun) => LoadedTask;
  readonly policy: Policy;
  readonly onDrift: DriftChoice;
  readonly options: DriveOptions;
}

/**
 * Works on a run until it ends or pauses: the one path of `run` and `resume`. Recovers the ledger, ends what a dead
 * process left, looks for drift, then does what the fold says is still to do.
 */
export async function work(session: Session): Promise<RunOutcome> {
  const run = openRun(session);
  return run.closeAfterwards(() => workOnOpen(run, session));
}

async function workOnOpen(run: OpenRun, session: Session): Promise<RunOutcome> {
  const task = session.load(run);
  run.steps = task.driver.steps;
  if (task.file !== undefined) run.unwrittenEffects = unwrittenEffects(task.file);
  await noteRecovery(run);
  const settled = settledOutcome(run);
  if (settled === undefined) return workOn(run, session, task);
  await clearUp(session, run.token);
  run.mendDocument();
  return settled;
}

/** What is needed of a session to open its run and clear up behind the last one. */
export type Life = Pick<Session, "world" | "place" | "runId" | "taskId" | "lock"> & {
  readonly options: Pick<DriveOptions, "onEntry" | "onNotice">;
};

/** Opens the run; its lock is released if that fails, else when it is closed. */
export function openRun({ world, place, runId, taskId, lock, options }: Life): OpenRun {
  try {
    return new OpenRun({ world, layout: place.layout, runId, taskId, lock, onEntry: options.onEntry });
  } catch (error) {
    lock.release();
    throw error;
  }
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
      run.mendDocument();
      return settledOutcome(run, true) as RunOutcome;
    }
    await noteResume(run, drift);
  }
  run.writeDocument(true);
  return finish(run, await driver.drive(context));
}

function contextOf(run: OpenRun, { world, policy }: Session, driver: Driver, workspace: string): StepContext {
  const secrets = new Secrets(world.host.environment, driver.variables);
  return { run, policy, secrets, workspace, token: run.token };
}

/** Steps and keys speak of the workspace that the run was started in. */
function workspaceOf({ world, state }: OpenRun): string {
  if (world.disk.stat(state.workspace) !== undefined) return findPlace(world, { workspace: state.workspace }).workspace;
  throw new RunledgerError("FILE_NOT_FOUND", `the workspace of ${state.runId} is not there: ${state.workspace}`, {
    hint: "Move it back, or put a symlink in its place; then resume the run.",
    details: { run_id: state.runId, workspace: state.workspace },
  });
}

/** Before anything is sent or probed: what the dead process started is ended, what it left half-written is removed. */
export async function clearUp({ world, place, runId, taskId, options }: Life, token: string): Promise<void> {
  const swept = await sweepProcesses({ processes: world.processes, disk: world.disk, clock: world.clock, token });
  if (swept.supported && swept.endedPids.length > 0) {
    const message = `ended what was left of the run's processes: ${swept.endedPids.join(", ")}`;
    options.onNotice?.({ code: "PROCESSES_ENDED", message });
  }
  if (swept.supported && swept.leftPids.length > 0) {
    throw new RunledgerError(
      "PERMISSION",
      `left-over processes of ${runId} cannot be ended: ${swept.leftPids.join(", ")}`,
      {
        hint: "End them yourself, then resume the run.",
        details: { pids: swept.leftPids },
      },
    );
  }
  sweepTemporaries(world, place, runId, taskId);
}

/** A choice for a step that is not in doubt is a slip of the keyboard. */
function refuseIdleChoices(run: OpenRun, policy: Policy): void {
  for (const step of policy.inDoubt.keys()) {
    const command = commandOfStep(run.state, step);
    if (command !== undefined && command.ended === undefined) continue;
    const doubtful = [...run.state.commands.values()]
      .filter(({ ended }) => ended === undefined)
      .map((each) => each.step);
    throw new RunledgerError("USAGE", `step ${step} is not in doubt`, {
      hint: doubtful.length === 0 ? "No step of this run is." : `In doubt: ${doubtful.join(", ")}`,
      details: { step, in_doubt: doubtful },
    });
  }
}

/** Says in the ledger what was cut when it was opened: at once, for it is cut whatever becomes of this resume. */
export async function noteRecovery(run: OpenRun): Promise<void> {
  const { world, state, layout, recovered } = run;
  if (recovered === undefined) return;
  const about = { taskId: state.taskId, correlationId: state.runId };
  const file = recovered.file.slice(layout.directory.length + 1);
  await run.append(systemEvent(world, about, "ledger.recovered", { cut_bytes: recovered.cutBytes, file }));
}

async function noteResume(run: OpenRun, drift: Record<string, unknown> | undefined): Promise<void> {
  const { world, state } = run;
  const about = { taskId: state.taskId, correlationId: state.runId };
  const { pid, bootId } = world.host;
  const payload = { boot_id: bootId, head: { ...state.head }, pid };
  await run.append(systemEvent(world, about, "run.resumed", payload));
  if (drift !== undefined) await run.append(systemEvent(world, about, "drift.found", drift));
}
