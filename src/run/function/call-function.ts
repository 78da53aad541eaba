import { RunledgerError } from "../../errors.ts";
import type { Outcome } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";
import type { StepAttempt, StepWork } from "./define-task.ts";
import { asFailure } from "./failures.ts";
import { recordable } from "./json-copy.ts";

/** Calls a step's function once. A function cannot be ended from outside: one that does not end in time is left alone. */
export async function callFunction(
  context: StepContext,
  work: StepWork<unknown>,
  attempt: Omit<StepAttempt, "signal">,
  timeoutMs: number | undefined,
): Promise<Outcome> {
  const limits = new CallLimits(context, timeoutMs);
  try {
    const returned = call(context, work, { ...attempt, signal: limits.signal });
    return await Promise.race([returned, limits.reached]);
  } finally {
    limits.close();
  }
}

async function call(context: StepContext, work: StepWork<unknown>, attempt: StepAttempt): Promise<Outcome> {
  try {
    return ended("success", { result: resultOf(context, await work(attempt)) });
  } catch (error) {
    return ended("failed", asFailure(error, "STEP_THREW", context.secrets));
  }
}

function resultOf(context: StepContext, value: unknown): unknown {
  try {
    return recordable(context.secrets, value);
  } catch (error) {
    if (!(error instanceof RunledgerError) || error.code !== "NOT_JSON") throw error;
    throw Object.assign(new Error(error.message, { cause: error }), { code: "RESULT_NOT_JSON" });
  }
}

function ended(status: "success" | "failed", payload: Record<string, unknown>): Outcome {
  return { kind: "ended", ended: { event: "call.completed", status, payload, from: { agent_type: "call" } } };
}

/** The end of waiting: the time-out, or the grace period of a run that stops. */
class CallLimits {
  readonly reached: Promise<Outcome>;
  readonly #abort = new AbortController();
  readonly #callOffs: (() => void)[] = [];

  constructor({ run, policy }: StepContext, timeoutMs: number | undefined) {
    const { clock } = run.world;
    this.reached = new Promise((resolve) => {
      const stopped = () => resolve({ kind: "stopped" });
      this.#onAbort(policy.kill, stopped);
      this.#onAbort(policy.stop, () => this.#callOffs.push(clock.after(policy.graceMs, stopped)));
      if (timeoutMs === undefined) return;
      const message = `no end within ${timeoutMs} ms`;
      this.#callOffs.push(
        clock.after(timeoutMs, () => {
          this.#abort.abort(new Error(message));
          resolve({ kind: "doubt", code: "DEADLINE", message });
        }),
      );
    });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  close(): void {
    for (const callOff of this.#callOffs) callOff();
  }

  #onAbort(signal: AbortSignal, action: () => void): void {
    const listener = () => {
      this.#abort.abort(signal.reason);
      action();
    };
    if (signal.aborted) listener();
    signal.addEventListener("abort", listener, { once: true });
    this.#callOffs.push(() => signal.removeEventListener("abort", listener));
  }
}
