import { envNames } from "../../agent/env-reference.ts";
import { invariant } from "../../errors.ts";
import { resultDigest } from "../../idempotency/result-digest.ts";
import { decisionAction } from "../../protocol/event-names.ts";
import type { Artifact } from "../../protocol/fields.ts";
import { nextOf } from "../../runstate/plan.ts";
import { commandOfStep, isDone, type RunState } from "../../runstate/state.ts";
import { Readiness, standingOf } from "../../task/graph.ts";
import type { AgentStep, DecisionStep, PlainStep, ResolvedStep, ResolvedTask } from "../../task/task.ts";
import { agentWork } from "../command/agent-work.ts";
import { askDecision, decisionInputs } from "../command/decision.ts";
import type { DriveEnd, Driver } from "../command/driver.ts";
import { perform } from "../command/perform.ts";
import { plainInputs, plainWork } from "../command/plain-work.ts";
import { systemEvent } from "../command/records.ts";
import type { StepEnd, Work } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";

/** Drives a task file: a graph of steps. */
export function graphDriver(task: ResolvedTask, concurrency = task.concurrency): Driver {
  return {
    taskId: task.id,
    steps: task.steps.map((step) => step.id),
    variables: envNames([task.agents, task.steps]),
    isSettled: (context) => isSettled(task, context),
    drive: (context) => new GraphRun(task, concurrency, context).drive(),
  };
}

/** One process's work on a graph: keeps up to `concurrency` steps in flight until nothing is ready. */
class GraphRun {
  readonly #task: ResolvedTask;
  readonly #concurrency: number;
  readonly #context: StepContext;
  /** What became of each step in this process. */
  readonly #ends = new Map<string, StepEnd["kind"]>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #steps: ReadonlyMap<string, ResolvedStep>;
  readonly #readiness: Readiness;
  /** Steps whose needs are done and that this process has not looked at, in the order in which they became ready. */
  readonly #ready: string[] = [];
  /** The same for decisions. They take no place: a person who thinks keeps nobody from working. */
  readonly #questions: string[] = [];
  /** How many of the running steps are decisions. */
  #asking = 0;
  /** Aborted when runledger itself fails: what runs is ended at once, and the failure is thrown. */
  readonly #fault = new AbortController();

  constructor(task: ResolvedTask, concurrency: number, context: StepContext) {
    const { policy } = context;
    const stop = AbortSignal.any([policy.stop, this.#fault.signal]);
    const kill = AbortSignal.any([policy.kill, this.#fault.signal]);
    this.#task = task;
    this.#concurrency = concurrency;
    this.#context = { ...context, policy: { ...policy, stop, kill } };
    this.#steps = new Map(task.steps.map((step) => [step.id, step]));
    const { done } = settledSteps(task, context.run.state, this.#ends);
    this.#readiness = new Readiness(task.steps, done);
    this.#becameReady(standingOf(task.steps, done, new Set()).ready);
  }

  async drive(): Promise<DriveEnd> {
    try {
      for (;;) {
        this.#fill();
        if (this.#running.size === 0) break;
        await Promise.race(this.#running.values());
      }
    } finally {
      await Promise.allSettled(this.#running.values());
    }
    return this.#end();
  }

  #fill(): void {
    if (this.#context.policy.stop.aborted) return;
    for (const id of this.#questions.splice(0)) this.#running.set(id, this.#perform(id));
    while (this.#running.size - this.#asking < this.#concurrency) {
      const id = this.#ready.shift();
      if (id === undefined) return;
      this.#running.set(id, this.#perform(id));
    }
  }

  #becameReady(ids: readonly string[]): void {
    for (const id of ids) (this.#isDecision(id) ? this.#questions : this.#ready).push(id);
  }

  async #perform(id: string): Promise<void> {
    const { run } = this.#context;
    run.inFlight += 1;
    try {
      const end = await this.#endOf(id);
      this.#ends.set(id, end.kind);
      if (end.kind === "success") this.#becameReady(this.#readiness.done(id));
    } catch (error) {
      this.#fault.abort(error);
      throw error;
    } finally {
      run.inFlight -= 1;
      this.#running.delete(id);
    }
  }

  #endOf(id: string): Promise<StepEnd> {
    const { run, policy } = this.#context;
    const step = this.#step(id);
    const recorded = commandOfStep(run.state, id);
    const inputs = recorded ? recordedInputs(this.#context, recorded.inputs) : this.#inputs(step);
    if ("decision" in step) return this.#ask(step, inputs);
    return perform(run, this.#work(step, inputs), policy);
  }

  async #ask(step: DecisionStep, inputs: Record<string, unknown>): Promise<StepEnd> {
    this.#asking += 1;
    try {
      return await askDecision(this.#context, step, inputs);
    } finally {
      this.#asking -= 1;
    }
  }

  #work(step: PlainStep | AgentStep, inputs: Record<string, unknown>): Work {
    if ("run" in step) return plainWork(this.#context, step, inputs);
    const agent = this.#task.agents[step.agent];
    invariant(agent !== undefined, `agent ${step.agent} is declared`);
    return agentWork(this.#context, step, agent, inputs);
  }

  #isDecision(id: string): boolean {
    return "decision" in this.#step(id);
  }

  #step(id: string): ResolvedStep {
    const step = this.#steps.get(id);
    invariant(step !== undefined, `${id} is a step of the task`);
    return step;
  }

  /** What enters the key: what the step says, its name, and what it needs came to. */
  #inputs(step: ResolvedStep): Record<string, unknown> {
    const needs = Object.fromEntries([...step.needs].sort().map((need) => [need, digestOf(this.#context, need)]));
    const own = ownInputs(step);
    return { $runledger: { ...(step.needs.length === 0 ? {} : { needs }), step: step.id }, ...own };
  }

  async #end(): Promise<DriveEnd> {
    const inDoubt = this.#stepsThat("paused");
    const { run } = this.#context;
    const { done, failed } = settledSteps(this.#task, run.state, this.#ends);
    const { blocked } = standingOf(this.#task.steps, done, failed);
    await this.#reportBlocked(blocked);
    if (inDoubt.length > 0) return { kind: "paused", reason: "in_doubt", steps: inDoubt };
    const undecided = this.#stepsThat("undecided");
    if (undecided.length > 0 && !this.#context.policy.stop.aborted)
      return { kind: "paused", reason: "decision", steps: undecided };
    const settled = done.size + failed.size + blocked.size;
    if (settled < this.#task.steps.length)
      return { kind: "paused", reason: "interrupted", steps: this.#stepsThat("stopped") };
    const reallyFailed = [...failed].filter((id) => commandOfStep(run.state, id)?.ended?.status === "failed");
    if (reallyFailed.length + blocked.size === 0) return { kind: "completed" };
    return { kind: "failed", failed: reallyFailed, blocked: [...blocked.keys()] };
  }

  async #reportBlocked(blocked: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const { run } = this.#context;
    const { runId: correlationId, taskId } = run.state;
    const news = [...blocked].filter(([step]) => !run.state.blocked.has(step));
    const events = news.map(([step, by]) =>
      systemEvent(run.world, { taskId, correlationId, step }, "step.blocked", { by }),
    );
    await Promise.all(events.map((event) => run.append(event)));
  }

  #stepsThat(kind: StepEnd["kind"]): string[] {
    return [...this.#ends].filter(([, end]) => end === kind).map(([id]) => id);
  }
}

/**
 * Steps that have succeeded, and steps that will not: failed ones count once this process has looked at them (it may
 * retry them), skipped ones always.
 */
function settledSteps(task: ResolvedTask, state: RunState, ends: ReadonlyMap<string, StepEnd["kind"]>) {
  const done = new Set<string>();
  const failed = new Set<string>();
  for (const { id } of task.steps) {
    const command = commandOfStep(state, id);
    if (isDone(command)) done.add(id);
    else if (ends.get(id) === "failed" || ends.get(id) === "skipped") failed.add(id);
  }
  return { done, failed };
}

/**
 * True if the run has failed, and every step has succeeded, failed for good, been skipped, or is blocked by such a one.
 * A crash between the last failure and the final entry leaves something to do: that entry.
 */
function isSettled(task: ResolvedTask, { run, policy }: StepContext): boolean {
  if (run.state.status !== "failed") return false;
  const ends = new Map<string, StepEnd["kind"]>();
  for (const { id, retry } of task.steps) {
    const isChosen = policy.inDoubt.has(id);
    const terms = { maxAttempts: retry.max_attempts, retryFailed: policy.retryFailed, isChosen };
    // What ended in the last process is of an earlier one for this one.
    const next = nextOf(commandOfStep(run.state, id), { ...terms, sessionSeq: run.state.head.seq + 1 });
    if (next.kind === "failed" || next.kind === "skipped") ends.set(id, next.kind);
  }
  const { done, failed } = settledSteps(task, run.state, ends);
  return done.size + failed.size + standingOf(task.steps, done, failed).blocked.size === task.steps.length;
}

function ownInputs(step: ResolvedStep): Readonly<Record<string, unknown>> {
  if ("decision" in step) return decisionInputs(step);
  return "agent" in step ? step.inputs : plainInputs(step);
}

/** Inputs are read back from where they were recorded: a resume never computes them anew. */
function recordedInputs({ run }: StepContext, inputs: Record<string, unknown>): Record<string, unknown> {
  const whole = run.recorded(inputs) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(whole).map(([name, value]) => [name, run.recorded(value)]));
}

function digestOf({ run }: StepContext, step: string): string {
  const command = commandOfStep(run.state, step);
  const ended = command?.ended;
  invariant(command !== undefined && ended !== undefined, `${step} has ended`);
  const payload = run.recorded(ended.payload) as Record<string, unknown>;
  const { usage: _, ...withoutUsage } = payload;
  const hasResult = command.action === "exec" || command.action === decisionAction;
  const result = hasResult ? (payload["result"] ?? null) : withoutUsage;
  return resultDigest({ artifacts: run.recorded(ended.artifacts) as Artifact[], result, status: ended.status });
}
