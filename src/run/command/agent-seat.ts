import type { AgentEnd, Answer } from "../../agent/agent-options.ts";
import { type AgentProcess, startAgent } from "../../agent/agent-process.ts";
import { agentToken } from "../../agent/environment.ts";
import type { NotStarted } from "../../agent/start-child.ts";
import { sweepProcesses } from "../../agent/sweep.ts";
import { makeDirectories, syncDirectories } from "../../durable/directories.ts";
import { invariant } from "../../errors.ts";
import type { Command } from "../../protocol/command.ts";
import { agentWait, type BreakerRules, remainingMs } from "../../runstate/agent-wait.ts";
import type { AgentState, WaitReason } from "../../runstate/state.ts";
import type { TaskAgent } from "../../task/task.ts";
import { recordMessage } from "./agent-messages.ts";
import { childVariables } from "./child-variables.ts";
import { runEvent, systemEvent } from "./records.ts";
import { restartDelayMs, sleep } from "./restart-delay.ts";
import type { StepContext } from "./step-context.ts";

const defaultRestarts = 5;
const defaultBreaker: BreakerRules = { failures: 3, openMs: 60_000 };

/**
 * Whether an agent can be asked. `deferred`: its circuit is open, or it said that it was too much. `stopped`: the run stops.
 * `dead`: it died before it could be asked, and may not be started again.
 */
export type Readiness =
  | { readonly kind: "ready" | "deferred" | "stopped" }
  | { readonly kind: "dead"; readonly end: AgentEnd }
  | NotStarted;

/** Why an agent is not to be asked now. */
export interface SeatWait {
  readonly agent: string;
  readonly reason: WaitReason;
  /** From now on. */
  readonly leftMs: number;
  /** RFC 3339. */
  readonly until: string;
}

/** As `run.waiting` says it, and `run.paused` under `waiting`. */
export function waitingPayload({ agent, reason, until }: SeatWait): Record<string, unknown> {
  return { agent, reason, until };
}

/**
 * The place of one agent in this process of the run: one process of the agent is started when it is first needed, does one
 * command after the other, and is started again after it has died.
 */
export class AgentSeat {
  /** A step has been given to it and has not ended. */
  isTaken = false;
  readonly #name: string;
  readonly #agent: TaskAgent<string>;
  readonly #context: StepContext;
  #process: AgentProcess | undefined;
  /** The end of the latest process, settled when the ledger has it. */
  #end: Promise<AgentEnd> | undefined;
  /** How the latest process failed. */
  #failed: AgentEnd | undefined;
  /** Which wait is counted, and when it is over on the clock that never goes back. */
  #counted: { readonly untilMs: number; readonly dueMs: number } | undefined;

  constructor(context: StepContext, name: string, agent: TaskAgent<string>) {
    this.#context = context;
    this.#name = name;
    this.#agent = agent;
  }

  /** Undefined if it may be asked. */
  get wait(): SeatWait | undefined {
    const wait = agentWait(this.#state, this.#breaker);
    if (wait === undefined) return undefined;
    const { clock } = this.#context.run.world;
    const { untilMs, reason } = wait;
    const wallMs = remainingMs(wait, clock.now());
    // A clock that is put back meanwhile must not begin the wait anew.
    if (this.#counted?.untilMs !== untilMs) this.#counted = { untilMs, dueMs: clock.monotonicMs() + wallMs };
    const leftMs = Math.min(wallMs, this.#counted.dueMs - clock.monotonicMs());
    return leftMs > 0 ? { agent: this.#name, reason, leftMs, until: new Date(untilMs).toISOString() } : undefined;
  }

  get restartsLeft(): number {
    return Math.max(0, (this.#agent.restarts ?? defaultRestarts) - (this.#state?.restarts ?? 0));
  }

  /** Before: it may never have been started, or be dead. After `ready`: it has said its first word, and can be asked. */
  async ready(): Promise<Readiness> {
    for (;;) {
      if (this.#context.policy.stop.aborted) return { kind: "stopped" };
      if (this.wait !== undefined) return { kind: "deferred" };
      const process = this.#process;
      if (process !== undefined && (await process.spoken) && !process.isLeaving) return { kind: "ready" };
      // Its end is in the ledger before anything follows from it: it may open the circuit.
      await this.#end;
      if (this.wait !== undefined) continue;
      if (this.#failed !== undefined && this.restartsLeft === 0) return { kind: "dead", end: this.#failed };
      const notStarted = await this.#start();
      if (notStarted !== undefined) return notStarted;
    }
  }

  /** Sends the command to the agent, which is ready. Without an answer: how it ended. */
  async ask(
    command: Command,
    timeoutMs: number | undefined,
  ): Promise<(Answer & { kind: "terminal" }) | { kind: "unanswered"; end: AgentEnd }> {
    invariant(this.#process !== undefined && this.#end !== undefined, `${this.#name} is ready to be asked`);
    const end = this.#end;
    const answer = await this.#process.ask(command, timeoutMs);
    return answer.kind === "terminal" ? answer : { kind: "unanswered", end: await end };
  }

  /** Tells the agent to end, and resolves when it has and the ledger says so. */
  async close(): Promise<void> {
    void this.#process?.end().catch(() => {});
    await this.#end;
  }

  /** Undefined if there is a process. */
  async #start(): Promise<NotStarted | undefined> {
    const { run, policy } = this.#context;
    const { clock, randomness } = run.world;
    const restart = this.#state?.hasDied === true;
    if (restart) await sleep(clock, restartDelayMs(randomness, this.#state?.restarts ?? 0), policy.stop);
    if (policy.stop.aborted) return undefined;
    const process = await startAgent(this.#options());
    if (!("gone" in process)) return process;
    this.#process = process;
    this.#end = process.gone.then((end) => this.#ended(end));
    this.#end.catch(() => {});
    run.closeAfter(this.#end);
    const payload = { agent: this.#name, pid: process.pid, ...(restart ? { restart } : {}) };
    await run.append(runEvent(run.world, run.state, "agent.started", payload));
    return undefined;
  }

  #options(): Parameters<typeof startAgent>[0] {
    const { run, policy, secrets, workspace, variables } = this.#context;
    const { processes, clock, disk } = run.world;
    const { runId, taskId, snapshotId } = run.state;
    const agentState = run.layout.agent(this.#name);
    makeDirectories(disk, run.store, agentState);
    // What an agent keeps there must outlive a power cut, and it can only sync its own files.
    syncDirectories(disk, run.layout.directory, agentState);
    return {
      ...{ processes, clock, disk, secrets },
      program: this.#agent.command,
      identity: { agentType: this.#name, taskId, snapshotId },
      cwd: workspace,
      env: childVariables(this.#context, this.#name, this.#agent.env, {
        ...{ agentState, secretVariables: variables, tokens: [this.#token] },
      }),
      stderrPath: run.layout.agentStderr(this.#name),
      heartbeatIntervalMs: this.#agent.heartbeat_ms,
      graceMs: policy.graceMs,
      signal: policy.stop,
      killSignal: policy.kill,
      onMessage: (message, attempt) => recordMessage(run, message, attempt),
      onFault: async ({ code, sentence }, attempt) => {
        const payload = { agent: this.#name, code, message: sentence };
        await run.append(systemEvent(run.world, { correlationId: runId, taskId, ...attempt }, "agent.fault", payload));
      },
    };
  }

  /** Before: it may have left something behind, also in another session. After: it has not, and the ledger says how it ended. */
  async #ended(end: AgentEnd): Promise<AgentEnd> {
    this.#process = undefined;
    const { run } = this.#context;
    const { processes, disk, clock } = run.world;
    await sweepProcesses({ processes, disk, clock, token: this.#token });
    const { exit, reason, faultCount: faults } = end;
    const payload = { agent: this.#name, exit_code: exit.exitCode, signal: exit.signal, reason, faults };
    await run.append(runEvent(run.world, run.state, "agent.exited", payload));
    const isFailure = reason === "exited" || reason === "silent" || reason === "deadline";
    this.#failed = isFailure ? end : undefined;
    return end;
  }

  get #token(): string {
    return agentToken(this.#context.token, this.#name);
  }

  get #state(): AgentState | undefined {
    return this.#context.run.state.agents.get(this.#name);
  }

  get #breaker(): BreakerRules {
    const { failures = defaultBreaker.failures, open_ms: openMs = defaultBreaker.openMs } = this.#agent.breaker ?? {};
    return { failures, openMs };
  }
}
