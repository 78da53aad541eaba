import { envNames } from "../../agent/env-reference.ts";
import type { DriveEnd, Driver } from "../command/driver.ts";
import { OwnSignals } from "../command/own-signals.ts";
import type { StepContext } from "../command/step-context.ts";
import type { FunctionTask } from "./define-task.ts";
import { asFailure } from "./failures.ts";
import { FunctionSteps } from "./function-steps.ts";
import { recordable } from "./json-copy.ts";

/** Drives a task that is a function. `input` is the recorded one. */
export function functionDriver(task: FunctionTask, input: unknown): Driver {
  return {
    taskId: task.name,
    steps: [],
    variables: envNames([task.agents]),
    isSettled: () => false,
    drive: (context) => drive(task, input, context),
  };
}

async function drive(task: FunctionTask, input: unknown, context: StepContext): Promise<DriveEnd> {
  const signals = new OwnSignals(context.policy);
  try {
    return await driveFunction(task, input, { ...context, policy: signals.of(context.policy) });
  } finally {
    signals.release();
  }
}

async function driveFunction(task: FunctionTask, input: unknown, context: StepContext): Promise<DriveEnd> {
  const { stop } = context.policy;
  const steps = new FunctionSteps(context, task.agents);
  const { runId } = context.run.state;
  const execution = settle(async () => task.execute({ input, runId, step: steps.step, ask: steps.ask, signal: stop }));
  const result = await Promise.race([execution, steps.interrupted()]);
  await steps.ended();
  await steps.close();
  if (steps.fatal !== undefined) throw steps.fatal.error;
  if (steps.inDoubt.length > 0) return { kind: "paused", reason: "in_doubt", steps: steps.inDoubt };
  if (steps.waiting !== undefined) {
    const { step, wait } = steps.waiting;
    return { kind: "paused", reason: "waiting", steps: [step], wait };
  }
  const interrupted = stop.aborted && (steps.interruptedSteps.length > 0 || result?.kind !== "returned");
  if (interrupted) return { kind: "paused", reason: "interrupted", steps: steps.interruptedSteps };
  return result?.kind === "returned" ? returned(context, result.value) : threw(context, result?.error, steps.failed);
}

type Settled = { kind: "returned"; value: unknown } | { kind: "threw"; error: unknown };

async function settle(execute: () => Promise<unknown>): Promise<Settled> {
  try {
    return { kind: "returned", value: await execute() };
  } catch (error) {
    return { kind: "threw", error };
  }
}

function returned(context: StepContext, value: unknown): DriveEnd {
  try {
    return { kind: "completed", output: recordable(context.secrets, value) };
  } catch (error) {
    return threw(context, error, []);
  }
}

function threw(context: StepContext, error: unknown, failed: readonly string[]): DriveEnd {
  return { kind: "failed", failed, blocked: [], error: asFailure(error, "TASK_THREW", context.secrets) };
}
