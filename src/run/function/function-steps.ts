import { RunledgerError } from "../../errors.ts";
import { canonicalJson } from "../../idempotency/canonical.ts";
import { failureOf } from "../../runstate/failure.ts";
import type { CommandState, Ending } from "../../runstate/state.ts";
import { perform } from "../command/perform.ts";
import type { StepEnd } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";
import { type CallWork, callWork } from "./call-work.ts";
import type { StepFunction, StepOptions, StepWork } from "./define-task.ts";
import { StepFailed } from "./failures.ts";
import { jsonCopy } from "./json-copy.ts";

/** The steps of one execution of a function: what they may not do twice, and what became of them. */
export class FunctionSteps {
  /** Steps whose outcome nobody knows: the run pauses, whatever the function makes of it. */
  readonly inDoubt: string[] = [];
  readonly failed: string[] = [];
  /** Steps that were not done because the run stops. */
  readonly interruptedSteps: string[] = [];
  /** A failure of runledger itself (the disk, a broken rule): it ends the run, whatever the function makes of it. */
  fatal: { readonly error: unknown } | undefined;
  readonly step: StepFunction = (id: string, ...rest: unknown[]) => {
    const [options, work] = rest.length === 1 ? [{}, rest[0]] : rest;
    return this.#step(id, options as StepOptions, work as StepWork<never>);
  };
  readonly #context: StepContext;
  readonly #used = new Set<string>();
  readonly #running = new Map<string, { inputs: string; end: Promise<unknown> }>();

  constructor(context: StepContext) {
    this.#context = context;
  }

  /** Resolves when the run is to stop and the steps have had their time; never, if it is not. */
  interrupted(): Promise<undefined> {
    const { stop } = this.#context.policy;
    return new Promise((resolve) => {
      const afterSteps = () =>
        void this.settled().then(() => this.#context.run.world.clock.soon(() => resolve(undefined)));
      if (stop.aborted) afterSteps();
      else stop.addEventListener("abort", afterSteps, { once: true });
    });
  }

  /** No step is in flight, also none that the function forgot to wait for. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled([...this.#running.values()].map(({ end }) => end));
  }

  async #step<Result>(id: string, options: StepOptions, work: StepWork<Result>): Promise<Result> {
    const call = callWork(this.#context, id, options, work);
    const recorded = this.#claim(call, options.key !== undefined);
    if (recorded !== undefined) return this.#handOn(recorded) as Result;
    const end = this.#perform(call);
    this.#running.set(call.key, { inputs: call.ownInputs, end });
    try {
      return (await this.#result(id, await end)) as Result;
    } finally {
      this.#running.delete(call.key);
    }
  }

  async #perform(call: CallWork): Promise<StepEnd> {
    const { run, policy } = this.#context;
    run.inFlight += 1;
    try {
      return await perform(run, call, policy);
    } catch (error) {
      this.fatal ??= { error };
      throw error;
    } finally {
      run.inFlight -= 1;
    }
  }

  /** The ending to hand back where a chosen key was used before; refuses what would share a key by accident. */
  #claim(call: CallWork, isChosen: boolean): Ending | undefined {
    if (!isChosen) {
      if (this.#used.has(call.key)) throw repeated(call.step);
      this.#used.add(call.key);
      return undefined;
    }
    const running = this.#running.get(call.key);
    const known = this.#context.run.state.commands.get(call.key);
    const earlier = running?.inputs ?? (known && this.#ownInputs(known));
    if (earlier !== undefined && earlier !== call.ownInputs) throw reused(call.step, known?.step);
    if (running !== undefined) throw inProgress(call.step);
    return known?.ended?.status === "success" ? known.ended : undefined;
  }

  /** The recorded inputs without what the engine added: the step's id is no part of a chosen key. */
  #ownInputs(known: CommandState): string {
    const { $runledger: _, ...own } = this.#recorded(known.inputs) as Record<string, unknown>;
    const members = Object.entries(own).map(([name, value]) => [name, this.#recorded(value)]);
    return canonicalJson(Object.fromEntries(members));
  }

  #result(id: string, end: StepEnd): unknown {
    switch (end.kind) {
      case "success":
        return this.#handOn(end.ending);
      case "failed":
        this.failed.push(id);
        throw new StepFailed(id, failureOf(end.ending));
      case "skipped":
        throw new StepFailed(id, { code: "SKIPPED", message: "somebody chose to skip it" });
      case "paused":
        this.inDoubt.push(id);
        throw new RunledgerError("IN_DOUBT", `step ${id} is in doubt: it had started, and nobody knows how it ended`, {
          hint: "The run pauses; resume it with a choice: done, retry, skip or fail.",
        });
      case "stopped":
        this.interruptedSteps.push(id);
        throw new RunledgerError("INTERRUPTED", `step ${id} was not done: the run stops`, {
          hint: "The run pauses; resume it to go on.",
        });
    }
  }

  /** What was recorded, as a copy that the function may change. */
  #handOn(ending: Ending): unknown {
    const payload = this.#recorded(ending.payload) as Record<string, unknown>;
    return jsonCopy(this.#recorded(payload["result"]) ?? null);
  }

  /** An object that cannot be read is no failure of the step, nor of the function that would be told of it. */
  #recorded(value: unknown): unknown {
    try {
      return this.#context.run.recorded(value);
    } catch (error) {
      this.fatal ??= { error };
      throw error;
    }
  }
}

function repeated(step: string): RunledgerError {
  return new RunledgerError("STEP_REPEATED", `step ${step} is called a second time with the same inputs`, {
    hint: "Put what tells the two calls apart (an index, a round) into the inputs, or give both the same chosen key.",
    details: { step },
  });
}

function reused(step: string, earlier: string | undefined): RunledgerError {
  const by = earlier === undefined ? "" : ` by step ${earlier}`;
  return new RunledgerError("KEY_REUSED", `step ${step}: its key was used before${by}, with other inputs`, {
    hint: "Give each piece of work a key of its own.",
    details: { step },
  });
}

function inProgress(step: string): RunledgerError {
  return new RunledgerError("KEY_IN_PROGRESS", `step ${step}: a step with this key is still running`, {
    hint: "Wait for the first one before the second is called.",
    details: { step },
  });
}
