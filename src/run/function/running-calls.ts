import type { Secrets } from "../../agent/secrets.ts";
import { RunledgerError } from "../../errors.ts";
import { parseJson } from "../../idempotency/parse-json.ts";
import type { AgentAddress } from "../../protocol/fields.ts";
import type { Ended } from "../command/records.ts";
import type { Outcome } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";
import type { StepAttempt, StepWork } from "./define-task.ts";
import { asFailure } from "./failures.ts";
import { recordableText } from "./json-copy.ts";

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

  /** The run fails: who looks at its signal ends; the others are waited for, since what they did is to be kept. */
  abort(reason: unknown): void {
    for (const call of this.#calls) call.abort(reason);
  }

  close(): void {
    this.#context.policy.stop.removeEventListener("abort", this.#stop);
    this.#context.policy.kill.removeEventListener("abort", this.#kill);
  }

  /**
   * Calls a step's function once: how it ended, or that it is no longer waited for. Not in the turn of the call: who asked
   * for it has noted by then that it runs.
   */
  call(work: StepWork<unknown>, { key, attempt, inputs }: Omit<StepAttempt, "signal">, timeoutMs?: number) {
    return new Promise<Outcome>((resolve, reject) => {
      const call = new Call(this.#context, this.#calls, timeoutMs, { resolve, reject });
      call.begin(work, new Attempt(key, attempt, inputs, call));
    });
  }
}

interface Waiting {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (fault: unknown) => void;
}

class Call {
  readonly #context: StepContext;
  readonly #calls: Set<Call>;
  readonly #timeoutMs: number | undefined;
  readonly #waiting: Waiting;
  #callOffs: (() => void)[] | undefined;
  /** Made when it is asked for: most functions never look at it. */
  #controller: AbortController | undefined;
  #abortedBy: { readonly reason: unknown } | undefined;

  constructor(context: StepContext, calls: Set<Call>, timeoutMs: number | undefined, waiting: Waiting) {
    this.#context = context;
    this.#calls = calls;
    this.#timeoutMs = timeoutMs;
    this.#waiting = waiting;
  }

  begin(work: StepWork<unknown>, attempt: StepAttempt): void {
    const { stop, kill } = this.#context.policy;
    this.#calls.add(this);
    this.#limit();
    if (stop.aborted) this.stop();
    if (kill.aborted) this.kill();
    void this.#perform(work, attempt);
  }

  /** The run is to stop: the call has its time to end by itself. */
  stop(): void {
    const { stop, graceMs } = this.#context.policy;
    this.abort(stop.reason);
    this.#after(graceMs, () => this.#end({ kind: "stopped" }));
  }

  /** The run is to stop at once. */
  kill(): void {
    this.abort(this.#context.policy.kill.reason);
    this.#end({ kind: "stopped" });
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#abortedBy !== undefined) this.#controller.abort(this.#abortedBy.reason);
    return this.#controller.signal;
  }

  /** Never rejects: a fault of ours is heard by who waits. */
  async #perform(work: StepWork<unknown>, attempt: StepAttempt): Promise<void> {
    await undefined;
    if (!this.#calls.has(this)) return;
    const { secrets } = this.#context;
    try {
      let outcome: Outcome;
      try {
        outcome = { kind: "ended", ended: new Returned(resultOf(secrets, await work(attempt))) };
      } catch (error) {
        outcome = this.#isEndedByUs ? { kind: "stopped" } : threw(secrets, error);
      }
      this.#end(outcome);
    } catch (fault) {
      this.#waiting.reject(fault);
    }
  }

  /** Who looks at its signal may have failed because of it: that is no failure of the step. */
  get #isEndedByUs(): boolean {
    return this.#abortedBy !== undefined && this.#controller !== undefined;
  }

  /** Only the first end counts. */
  #end(outcome: Outcome): void {
    this.#calls.delete(this);
    for (const callOff of this.#callOffs ?? []) callOff();
    this.#waiting.resolve(outcome);
  }

  #limit(): void {
    const timeoutMs = this.#timeoutMs;
    if (timeoutMs === undefined) return;
    this.#after(timeoutMs, () => {
      const message = `no end within ${timeoutMs} ms`;
      this.abort(new Error(message));
      this.#end({ kind: "doubt", code: "DEADLINE", message });
    });
  }

  #after(delayMs: number, action: () => void): void {
    this.#callOffs ??= [];
    this.#callOffs.push(this.#context.run.world.clock.after(delayMs, action));
  }

  abort(reason: unknown): void {
    this.#abortedBy ??= { reason };
    this.#controller?.abort(this.#abortedBy.reason);
  }
}

class Attempt implements StepAttempt {
  readonly key: string;
  readonly attempt: number;
  readonly inputs: Record<string, unknown>;
  /** A member of its own, so that a copy (`{ ...attempt }`) has it, too. */
  declare readonly signal: AbortSignal;
  readonly #call: Call;
  /** One for all: a getter each would take five times as long. */
  static readonly #signal: PropertyDescriptor & ThisType<Attempt> = {
    enumerable: true,
    get() {
      return this.#call.signal;
    },
  };

  constructor(key: string, attempt: number, inputs: Record<string, unknown>, call: Call) {
    this.key = key;
    this.attempt = attempt;
    this.inputs = inputs;
    this.#call = call;
    Object.defineProperty(this, "signal", Attempt.#signal);
  }
}

function resultOf(secrets: Secrets, value: unknown): string {
  try {
    return recordableText(secrets, value);
  } catch (error) {
    if (!(error instanceof RunledgerError) || error.code !== "NOT_JSON") throw error;
    throw Object.assign(new Error(error.message, { cause: error }), { code: "RESULT_NOT_JSON" });
  }
}

/** How a function step ended that has returned. */
export class Returned implements Ended {
  readonly event = "call.completed";
  readonly status = "success";
  /** What it returned, as canonical JSON. */
  readonly result: string;

  constructor(result: string) {
    this.result = result;
  }

  get from(): AgentAddress {
    return { agent_type: "call" };
  }

  get payload(): Record<string, unknown> {
    return { result: parseJson(this.result) as unknown };
  }
}

function threw(secrets: Secrets, error: unknown): Outcome {
  const payload = asFailure(error, "STEP_THREW", secrets);
  return { kind: "ended", ended: { event: "call.completed", status: "failed", payload, from: { agent_type: "call" } } };
}
