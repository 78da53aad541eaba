import { invariant, RunledgerError } from "../../errors.ts";
import { canonicalJson } from "../../idempotency/canonical.ts";
import { failureOf } from "../../runstate/failure.ts";
import type { CommandState, Ending } from "../../runstate/state.ts";
import type { SeatWait } from "../command/agent-seat.ts";
import { perform as performOn } from "../command/perform.ts";
import type { Succeeded } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";
import { askWork, checkAsk } from "./ask-work.ts";
import { type AskEnd, AskedAgents } from "./asked-agents.ts";
import { CallWork, type OwnWork } from "./call-work.ts";
import type { Answer, AskFunction, FunctionTask, StepFunction, StepOptions, StepWork } from "./define-task.ts";
import { StepFailed } from "./failures.ts";
import { recordedCopy } from "./json-copy.ts";
import { RunningCalls } from "./running-calls.ts";

/** The steps of one execution of a function: what they may not do twice, and what became of them. */
export class FunctionSteps {
  /** Steps whose outcome nobody knows: the run pauses, whatever the function makes of it. */
  readonly inDoubt: string[] = [];
  readonly failed: string[] = [];
  /** Steps that were not done because the run stops. */
  readonly interruptedSteps: string[] = [];
  /** The step whose agent is not to be asked now, with nobody who wants to wait. */
  waiting: { readonly step: string; readonly wait: SeatWait } | undefined;
  /** A failure of runledger itself (the disk, a broken rule): it ends the run, whatever the function makes of it. */
  fatal: { readonly error: unknown } | undefined;
  readonly step: StepFunction = (id: string, ...rest: unknown[]) => {
    const [options, work] = rest.length === 1 ? [{}, rest[0]] : rest;
    const call = () => new CallWork(this.#context, this.#calls, id, options as StepOptions, work as StepWork<never>);
    return this.#outcomeOf<never>(id, call, this.#performCall, this.#handOn);
  };
  readonly ask: AskFunction = (id, options) => {
    const ask = () => {
      checkAsk(this.#agents, id, options);
      return askWork(this.#context, (agent) => this.#asked.of(agent), id, options);
    };
    const perform = (work: OwnWork) => this.#asked.perform(work, this.#asked.of(options.agent));
    return this.#outcomeOf(id, ask, perform, ({ ending }) => this.#answer(ending));
  };
  readonly #context: StepContext;
  readonly #agents: FunctionTask["agents"];
  readonly #asked: AskedAgents;
  readonly #calls: RunningCalls;
  #hasEnded = false;
  readonly #used = new Set<string>();
  /** Chosen keys of work that is being done, and its own inputs. */
  readonly #running = new Map<string, string>();
  /** Who waits until no step is in flight. */
  readonly #whenIdle: (() => void)[] = [];

  constructor(context: StepContext, agents: FunctionTask["agents"]) {
    this.#context = context;
    this.#agents = agents;
    this.#asked = new AskedAgents(context, agents);
    this.#calls = new RunningCalls(context);
  }

  /** Resolves when the run is to stop and the steps have had their time; never, if it is not. */
  interrupted(): Promise<undefined> {
    const { stop } = this.#context.policy;
    return new Promise((resolve) => {
      const afterSteps = () =>
        void this.#settled().then(() => this.#context.run.world.clock.soon(() => resolve(undefined)));
      if (stop.aborted) afterSteps();
      else stop.addEventListener("abort", afterSteps, { once: true });
    });
  }

  /** The function has ended: no step begins any more. After: none is in flight, also none that it forgot to wait for. */
  ended(): Promise<void> {
    this.#hasEnded = true;
    return this.#settled();
  }

  async #settled(): Promise<void> {
    const { run } = this.#context;
    while (run.inFlight > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /** After: no agent is left. */
  close(): Promise<void> {
    this.#calls.close();
    return this.#asked.close();
  }

  /** After a turn of the event loop: a function that tries again for ever would keep timers and signals from theirs. */
  async #refuse(error: unknown): Promise<never> {
    await new Promise<void>((resolve) => this.#context.run.world.clock.soon(resolve));
    throw error;
  }

  /** A function may hand its steps on to what outlives it. One that was stopped is told so when its step would begin. */
  #refuseAfterEnd(id: string): void {
    if (this.#hasEnded && !this.#context.policy.stop.aborted) throw calledAfterEnd(this.#context.run.state.runId, id);
  }

  /**
   * What is handed on of the success of a piece of work, now or in an earlier process. One promise for all of it: each
   * costs.
   */
  async #outcomeOf<Result>(
    id: string,
    workOf: () => OwnWork,
    perform: (work: OwnWork) => Promise<AskEnd>,
    handOn: (end: Succeeded) => unknown,
  ): Promise<Result> {
    if (this.fatal !== undefined) await this.#refuse(this.fatal.error);
    this.#refuseAfterEnd(id);
    const work = workOf();
    const recorded = this.#claim(work);
    if (recorded !== undefined) return handOn({ kind: "success", ending: recorded }) as Result;
    let end: AskEnd;
    this.#enters(work);
    try {
      end = await perform(work);
    } catch (error) {
      throw this.#fatally(error);
    } finally {
      this.#leaves(work);
    }
    return handOn(this.#success(id, end)) as Result;
  }

  #enters({ isChosen, key, ownInputs }: OwnWork): void {
    this.#context.run.inFlight += 1;
    if (isChosen) this.#running.set(key, ownInputs);
  }

  #leaves({ isChosen, key }: OwnWork): void {
    const { run } = this.#context;
    run.inFlight -= 1;
    if (isChosen) this.#running.delete(key);
    if (run.inFlight > 0) return;
    for (const resolve of this.#whenIdle) resolve();
    this.#whenIdle.length = 0;
  }

  /** The ending to hand back where a chosen key was used before; refuses what would share a key by accident. */
  #claim(call: OwnWork): Ending | undefined {
    if (!call.isChosen) {
      const before = this.#used.size;
      if (this.#used.add(call.key).size === before) throw repeated(call.step);
      return undefined;
    }
    const running = this.#running.get(call.key);
    const known = this.#orFatal(() => this.#context.run.state.commands.get(call.key));
    const earlier = running ?? (known && this.#ownInputs(known));
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

  #success(id: string, end: AskEnd): Succeeded {
    switch (end.kind) {
      case "success":
        return end;
      case "failed":
        this.failed.push(id);
        throw new StepFailed(id, failureOf(end.ending));
      case "skipped":
        throw new StepFailed(id, { code: "SKIPPED", message: "somebody chose to skip it" });
      case "paused":
      case "undecided":
        this.inDoubt.push(id);
        throw new RunledgerError("IN_DOUBT", `step ${id} is in doubt: it had started, and nobody knows how it ended`, {
          hint: "The run pauses; resume it with a choice: done, retry, skip or fail.",
        });
      case "waiting":
        this.waiting ??= { step: id, wait: end.wait };
        throw new RunledgerError(
          "INTERRUPTED",
          `step ${id} was not done: agent ${end.wait.agent} is not to be asked now`,
          {
            hint: `The run pauses; resume it after ${end.wait.until}.`,
          },
        );
      case "stopped":
        this.interruptedSteps.push(id);
        throw new RunledgerError("INTERRUPTED", `step ${id} was not done: the run stops`, {
          hint: "The run pauses; resume it to go on.",
        });
      case "deferred":
        invariant(false, `${id} is put off by the agents that are asked, not here`);
    }
  }

  // Fields, and no methods: a closure a step costs.
  readonly #performCall = (call: OwnWork): Promise<AskEnd> => performOn(this.#context.run, call, this.#context.policy);

  /** What was recorded, as a copy that the function may change. */
  readonly #handOn = (end: Succeeded): unknown => {
    if (end.returned !== undefined) return end.returned.value;
    const payload = this.#recorded(end.ending.payload) as Record<string, unknown>;
    return recordedCopy(this.#recorded(payload["result"]) ?? null);
  };

  #answer({ event, reported, payload, artifacts }: Ending): Answer {
    const whole = this.#recorded(payload) as Record<string, unknown>;
    const members = Object.entries(whole).map(([name, value]) => [name, this.#recorded(value)]);
    return recordedCopy({
      event,
      ...(reported === undefined ? {} : { status: reported }),
      payload: Object.fromEntries(members),
      artifacts: this.#recorded(artifacts),
    }) as unknown as Answer;
  }

  #recorded(value: unknown): unknown {
    return this.#orFatal(() => this.#context.run.recorded(value));
  }

  /** What was recorded and cannot be read is no failure of the step, nor of the function that would be told of it. */
  #orFatal<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      throw this.#fatally(error);
    }
  }

  #fatally(error: unknown): unknown {
    this.fatal ??= { error };
    this.#calls.abort(error);
    return error;
  }
}

function calledAfterEnd(runId: string, step: string): RunledgerError {
  const sentence = `step ${step} was called after its run had ended: it was neither done nor recorded`;
  return new RunledgerError("USAGE", sentence, {
    hint: "Wait for every step before the function of the task returns: await step(…).",
    details: { run_id: runId, step },
  });
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
