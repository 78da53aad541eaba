import { RunledgerError } from "../../errors.ts";
import type { Outcome } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";
import type { StepAttempt, StepWork } from "./define-task.ts";
import { asFailure } from "./failures.ts";
import { recordable } from "./json-copy.ts";

/** The functions of steps that are being called. One that does not end in time is left alone: it cannot be ended from outside. */
export class RunningCalls {
  readonly #context: StepContext;
  readonly #calls = new Set<Call>();
  readonly #stop = () => {
    for (const call of this.#calls) call.stop();
  };
  readonly #kill = () => {
    for (const call of this.#calls) call.kill();
  };

  /** One listener for all calls: a listener each would cost more than most calls. */
  constructor(context: StepContext) {
    this.#context = context;
    context.policy.stop.addEventListener("abort", this.#stop);
    context.policy.kill.addEventListener("abort", this.#kill);
  }

  close(): void {
    this.#context.policy.stop.removeEventListener("abort", this.#stop);
    this.#context.policy.kill.removeEventListener("abort", this.#kill);
  }

  /** Calls a step's function once: how it ended, or that it is no longer waited for. */
  call(work: StepWork<unknown>, attempt: Omit<StepAttempt, "signal">, timeoutMs?: number): Promise<Outcome> {
    const call = new Call(this.#context, timeoutMs, () => this.#calls.delete(call));
    this.#calls.add(call);
    return call.outcome(work, attempt);
  }
}

class Call {
  readonly #context: StepContext;
  readonly #timeoutMs: number | undefined;
  readonly #onEnd: () => void;
  readonly #callOffs: (() => void)[] = [];
  /** Made when it is asked for: most functions never look at it. */
  #controller: AbortController | undefined;
  #abortedBy: { readonly reason: unknown } | undefined;
  #end: (outcome: Outcome) => void = () => {};

  constructor(context: StepContext, timeoutMs: number | undefined, onEnd: () => void) {
    this.#context = context;
    this.#timeoutMs = timeoutMs;
    this.#onEnd = onEnd;
  }

  outcome(work: StepWork<unknown>, attempt: Omit<StepAttempt, "signal">): Promise<Outcome> {
    const { stop, kill } = this.#context.policy;
    return new Promise((resolve, reject) => {
      this.#end = (outcome) => {
        this.#close();
        resolve(outcome);
      };
      const fail = (error: unknown) => {
        this.#close();
        reject(error);
      };
      this.#limit();
      if (stop.aborted) this.stop();
      if (kill.aborted) this.kill();
      const ended = (outcome: Outcome) => this.#end(this.#isEndedByUs(outcome) ? { kind: "stopped" } : outcome);
      void returned(this.#context, work, this.#whole(attempt)).then(ended, fail);
    });
  }

  #whole({ key, attempt, inputs }: Omit<StepAttempt, "signal">): StepAttempt {
    const signal = () => this.#signal;
    return {
      key,
      attempt,
      inputs,
      get signal() {
        return signal();
      },
    };
  }

  /** Who looks at its signal may have failed because of it: that is no failure of the step. */
  #isEndedByUs(outcome: Outcome): boolean {
    const hasFailed = outcome.kind === "ended" && outcome.ended.status === "failed";
    return hasFailed && this.#context.policy.stop.aborted && this.#controller !== undefined;
  }

  /** The run is to stop: the call has its time to end by itself. */
  stop(): void {
    const { stop, graceMs } = this.#context.policy;
    this.#abort(stop.reason);
    this.#callOffs.push(this.#context.run.world.clock.after(graceMs, () => this.#end({ kind: "stopped" })));
  }

  /** The run is to stop at once. */
  kill(): void {
    this.#abort(this.#context.policy.kill.reason);
    this.#end({ kind: "stopped" });
  }

  #close(): void {
    this.#onEnd();
    for (const callOff of this.#callOffs) callOff();
  }

  #limit(): void {
    const timeoutMs = this.#timeoutMs;
    if (timeoutMs === undefined) return;
    const passed = () => {
      const message = `no end within ${timeoutMs} ms`;
      this.#abort(new Error(message));
      this.#end({ kind: "doubt", code: "DEADLINE", message });
    };
    this.#callOffs.push(this.#context.run.world.clock.after(timeoutMs, passed));
  }

  get #signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#abortedBy !== undefined) this.#controller.abort(this.#abortedBy.reason);
    return this.#controller.signal;
  }

  #abort(reason: unknown): void {
    this.#abortedBy ??= { reason };
    this.#controller?.abort(this.#abortedBy.reason);
  }
}

async function returned(context: StepContext, work: StepWork<unknown>, attempt: StepAttempt): Promise<Outcome> {
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
