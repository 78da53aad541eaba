import { envNames } from "../../agent/env-reference.ts";
import { invariant } from "../../errors.ts";
import { commandOfStep } from "../../runstate/state.ts";
import { Readiness, standingOf } from "../../task/graph.ts";
import { itemRef } from "../../task/items.ts";
import { readyAgents } from "../../task/ready-step.ts";
import type { DecisionStep, ResolvedStep, ResolvedTask, WorkStep } from "../../task/task.ts";
import type { AgentSeat, SeatWait } from "../command/agent-seat.ts";
import { AgentSeats } from "../command/agent-seats.ts";
import type { DriveEnd, Driver } from "../command/driver.ts";
import { OwnSignals } from "../command/own-signals.ts";
import { perform } from "../command/perform.ts";
import { systemEvent } from "../command/records.ts";
import { sayWaiting } from "../command/say-waiting.ts";
import type { StepEnd } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";
import { BatchRun } from "./batch-run.ts";
import { expandOnce } from "./expand-once.ts";
import { isToBeSent, nextOfStep } from "./next-of-step.ts";
import { type EndKind, isSettled, settledSteps } from "./settled.ts";
import { stepDecision, stepWork } from "./step-work.ts";

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

/** A clock that jumps ahead ends a wait: it is looked at so often. */
const lookEveryMs = 60_000;

/** One process's work on a graph: keeps up to `concurrency` steps and items in flight until nothing is ready. */
class GraphRun {
  readonly #task: ResolvedTask;
  readonly #concurrency: number;
  readonly #context: StepContext;
  /** What became of each step in this process, and of items that are in doubt or were stopped. */
  readonly #ends = new Map<string, EndKind>();
  #running = 0;
  /** Resolves the wait for something to end. */
  #wake = () => {};
  /** What runledger itself failed with. */
  #failure: { readonly error: unknown } | undefined;
  readonly #steps: ReadonlyMap<string, ResolvedStep>;
  readonly #readiness: Readiness;
  /** Steps whose needs are done and that this process has not looked at, in the order in which they became ready. */
  readonly #ready: string[] = [];
  /** The same for decisions. They take no place: a person who thinks keeps nobody from working. */
  readonly #questions: string[] = [];
  /** How many of what is running are decisions. */
  #asking = 0;
  /** Steps whose list of items is known, and whose items have not all ended. */
  readonly #batches = new Set<BatchRun>();
  readonly #agents: AgentSeats;
  /** Aborted also when runledger itself fails: what runs is ended at once, and the failure is thrown. */
  readonly #signals: OwnSignals;

  constructor(task: ResolvedTask, concurrency: number, context: StepContext) {
    this.#signals = new OwnSignals(context.policy);
    const policy = this.#signals.of(context.policy);
    this.#task = task;
    this.#concurrency = concurrency;
    this.#context = { ...context, policy };
    this.#agents = new AgentSeats(this.#context, readyAgents(task));
    policy.stop.addEventListener("abort", () => this.#wake());
    this.#steps = new Map(task.steps.map((step) => [step.id, step]));
    const { done } = settledSteps(task, context.run.state, this.#ends);
    this.#readiness = new Readiness(task.steps, done);
    this.#becameReady(standingOf(task.steps, done, new Set()).ready);
  }

  async drive(): Promise<DriveEnd> {
    try {
      do this.#fill();
      while (await this.#hasMore());
    } catch (error) {
      this.#fail(error);
    }
    await this.#agents.close().catch((error: unknown) => this.#fail(error));
    this.#signals.release();
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#end();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#signals.abort(error);
  }

  /**
   * Resolves with true when something has ended, or an agent that was not to be asked may be asked again; with false when
   * nothing runs and nothing is to be waited for.
   */
  async #hasMore(): Promise<boolean> {
    const { run, policy } = this.#context;
    const wait = policy.stop.aborted ? undefined : this.#deferral()?.wait;
    if (this.#running === 0) {
      if (wait === undefined || policy.noWait) return false;
      await sayWaiting(run, wait);
    }
    await new Promise<void>((resolve) => {
      const callOff =
        wait === undefined ? () => {} : run.world.clock.after(Math.min(wait.leftMs, lookEveryMs), resolve);
      this.#wake = () => {
        callOff();
        resolve();
      };
      if (policy.stop.aborted && this.#running === 0) this.#wake();
    });
    return true;
  }

  /** What waits for agents that are not to be asked now, and the first of these waits to be over. */
  #deferral(): { steps: string[]; wait: SeatWait } | undefined {
    const ready = this.#ready.map((step) => ({ step, wait: this.#seatOf(step)?.wait }));
    const batches = [...this.#batches].map(({ step }) => ({ step: step.id, wait: this.#seatOfItems(step)?.wait }));
    const deferred = [...ready, ...batches].flatMap(({ step, wait }) => (wait === undefined ? [] : [{ step, wait }]));
    const [first] = deferred.toSorted((a, b) => a.wait.leftMs - b.wait.leftMs);
    return first && { steps: deferred.map(({ step }) => step), wait: first.wait };
  }

  /** Steps come before further items: they are few, and others may wait for them. */
  #fill(): void {
    while (!this.#context.policy.stop.aborted) {
      for (const id of this.#questions.splice(0)) void this.#run(() => this.#begin(id), undefined);
      if (this.#running - this.#asking >= this.#concurrency) return;
      const id = this.#takeReady();
      if (id !== undefined) void this.#run(() => this.#begin(id), this.#seatOf(id));
      else if (!this.#startItem()) return;
    }
  }

  #becameReady(ids: readonly string[]): void {
    for (const id of ids) ("decision" in this.#step(id) ? this.#questions : this.#ready).push(id);
  }

  #step(id: string): ResolvedStep {
    const step = this.#steps.get(id);
    invariant(step !== undefined, `${id} is a step of the task`);
    return step;
  }

  /** False if no item is to be started now. A batch that is over may make steps ready. */
  #startItem(): boolean {
    for (const batch of this.#batches) {
      const item = batch.take();
      if (item === undefined) {
        this.#close(batch);
        if (this.#questions.length > 0 || this.#ready.some((id) => isOpen(this.#seatOf(id)))) return true;
      } else if (isOpen(this.#seatOfItems(batch.step))) {
        void this.#run(() => this.#performItem(batch, item), this.#seatOfItems(batch.step));
        return true;
      } else batch.giveBack(item);
    }
    return false;
  }

  /** The first step that can begin now. */
  #takeReady(): string | undefined {
    const at = this.#ready.findIndex((id) => isOpen(this.#seatOf(id)));
    return at < 0 ? undefined : this.#ready.splice(at, 1)[0];
  }

  /** The agent that a ready step is sent to; undefined if it has none, is a list yet to be made, or is only looked at. */
  #seatOf(id: string): AgentSeat | undefined {
    const step = this.#steps.get(id);
    if (step === undefined || !("agent" in step) || step.for_each !== undefined) return undefined;
    const next = nextOfStep(this.#context, step, commandOfStep(this.#context.run.state, id));
    return isToBeSent(next) ? this.#agents.of(step.agent) : undefined;
  }

  #seatOfItems(step: ResolvedStep): AgentSeat | undefined {
    return "agent" in step ? this.#agents.of(step.agent) : undefined;
  }

  async #run(work: () => Promise<void>, seat: AgentSeat | undefined): Promise<void> {
    const { run } = this.#context;
    if (seat !== undefined) seat.isTaken = true;
    run.inFlight += 1;
    this.#running += 1;
    try {
      await work();
    } catch (error) {
      this.#fail(error);
    } finally {
      if (seat !== undefined) seat.isTaken = false;
      run.inFlight -= 1;
      this.#running -= 1;
      this.#wake();
    }
  }

  async #begin(id: string): Promise<void> {
    const step = this.#step(id);
    if ("decision" in step) return this.#ask(step);
    if (step.for_each !== undefined) return this.#beginBatch(step);
    const { run, policy } = this.#context;
    const { kind } = await perform(run, stepWork(this.#context, this.#agents, step), policy);
    if (kind === "deferred") this.#ready.unshift(id);
    else this.#ended(id, kind);
  }

  async #ask(step: DecisionStep): Promise<void> {
    this.#asking += 1;
    try {
      const { kind } = await stepDecision(this.#context, step);
      this.#ended(step.id, kind);
    } finally {
      this.#asking -= 1;
    }
  }

  async #beginBatch(step: WorkStep): Promise<void> {
    const batch = await expandOnce(this.#context, step);
    if (batch === "failed" || batch === "stopped") this.#ended(step.id, batch);
    else this.#batches.add(new BatchRun(this.#context, step, batch));
  }

  /** One item's failure leaves the others alone. */
  async #performItem(batch: BatchRun, item: string): Promise<void> {
    const { run, policy } = this.#context;
    const end: StepEnd = await perform(run, stepWork(this.#context, this.#agents, batch.step, item), policy);
    if (end.kind === "deferred") return batch.giveBack(item);
    if (end.kind === "paused" || end.kind === "stopped") this.#ends.set(itemRef(batch.step.id, item), end.kind);
    batch.ended(end);
  }

  #close(batch: BatchRun): void {
    const { end } = batch;
    if (end === undefined) return;
    this.#batches.delete(batch);
    // Its items in doubt are named by themselves.
    if (end !== "paused") this.#ended(batch.step.id, end);
  }

  #ended(id: string, kind: EndKind): void {
    this.#ends.set(id, kind);
    if (kind === "success") this.#becameReady(this.#readiness.done(id));
  }

  async #end(): Promise<DriveEnd> {
    const inDoubt = this.#stepsThat("paused");
    const { run } = this.#context;
    const { done, failed } = settledSteps(this.#task, run.state, this.#ends);
    const { blocked } = standingOf(this.#task.steps, done, failed);
    await this.#reportBlocked(blocked);
    if (inDoubt.length > 0) return { kind: "paused", reason: "in_doubt", steps: inDoubt };
    const settled = done.size + failed.size + blocked.size;
    if (settled < this.#task.steps.length) return this.#pauseWithWorkLeft();
    const reallyFailed = [...failed].filter((id) => this.#hasFailed(id));
    if (reallyFailed.length + blocked.size === 0) return { kind: "completed" };
    return { kind: "failed", failed: reallyFailed, blocked: [...blocked.keys()] };
  }

  #pauseWithWorkLeft(): DriveEnd {
    const isStopped = this.#context.policy.stop.aborted;
    const undecided = isStopped ? [] : this.#stepsThat("undecided");
    if (undecided.length > 0) return { kind: "paused", reason: "decision", steps: undecided };
    const deferral = isStopped ? undefined : this.#deferral();
    if (deferral !== undefined) return { kind: "paused", reason: "waiting", ...deferral };
    const left = isStopped ? [] : this.#stepsThat("left");
    if (left.length > 0) return { kind: "paused", reason: "only", steps: left };
    return { kind: "paused", reason: "interrupted", steps: this.#stepsThat("stopped") };
  }

  /** Not only been skipped. */
  #hasFailed(id: string): boolean {
    const { state } = this.#context.run;
    const batch = state.batches.get(id);
    if (batch !== undefined) return batch.error !== undefined || batch.failed.size > 0;
    return commandOfStep(state, id)?.ended?.status === "failed";
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

  #stepsThat(kind: EndKind): string[] {
    return [...this.#ends].filter(([, end]) => end === kind).map(([id]) => id);
  }
}

/** An agent does one command at a time, and is left alone while it is not to be asked. */
function isOpen(seat: AgentSeat | undefined): boolean {
  return seat === undefined || (!seat.isTaken && seat.wait === undefined);
}
