import type { ConversationOutcome } from "../../agent/converse-options.ts";
import type { Fault } from "../../agent/faults.ts";
import type { AgentMessage } from "../../agent/message-reader.ts";
import type { HeartbeatRecord } from "../../ledger/entry.ts";
import type { Event } from "../../protocol/event.ts";
import { isFailure, systemAgent } from "../../protocol/event-names.ts";
import type { Heartbeat } from "../../protocol/heartbeat.ts";
import type { AgentStep } from "../../task/task.ts";
import { hashOutputs } from "./outputs.ts";
import { type Ended, systemEvent } from "./records.ts";
import type { Work } from "./step-command.ts";
import type { StepContext } from "./step-context.ts";

const heartbeatEveryMs = 60_000;

/** Takes what an agent says during one attempt into the ledger. */
export class AgentMessages {
  readonly #context: StepContext;
  readonly #step: AgentStep<string>;
  readonly #work: Work;
  readonly #attempt: number;
  #lastStatus: Heartbeat["status"] | undefined;
  #lastHeartbeatMs = Number.NEGATIVE_INFINITY;

  constructor(context: StepContext, step: AgentStep<string>, work: Work, attempt: number) {
    this.#context = context;
    this.#step = step;
    this.#work = work;
    this.#attempt = attempt;
  }

  started(pid: number): void {
    this.#context.run.post(this.#system("agent.started", { pid }));
  }

  /** A message that does not end the command. Resolves when the ledger has it, so that a flood waits for the disk. */
  async record(message: AgentMessage): Promise<void> {
    const { run } = this.#context;
    if (message.kind === "heartbeat") {
      if (this.#isNews(message)) run.post(heartbeatRecord(message));
    } else if (message.kind === "log") {
      run.post(message);
    } else {
      await run.append({ ...message, step: this.#work.step, attempt: this.#attempt });
    }
  }

  async fault({ code, sentence }: Fault): Promise<void> {
    await this.#context.run.append(this.#system("agent.fault", { code, message: sentence }));
  }

  /** How the agent's terminal event ends the command: as it says, unless its files say otherwise. */
  ended(event: Event): Ended {
    const { payload, artifacts: reported = [] } = event;
    const status = event.status ?? (isFailure(event) ? "failed" : "success");
    const message = { messageId: event.message_id, occurredAt: event.occurred_at };
    if (isFailure(event)) return { event: event.event, status, payload, from: event.from, message };
    const outputs = hashOutputs(this.#context, this.#step, reported);
    if (outputs.kind === "hashed") {
      return { event: event.event, status, payload, artifacts: outputs.artifacts, from: event.from, message };
    }
    const { code, message: sentence } = outputs;
    const said = { event: event.event, message_id: event.message_id, payload };
    const failure = { code, message: sentence, said, settled_by: "supervisor" };
    return { event: "error", status: "failed", payload: failure, from: { agent_type: systemAgent } };
  }

  async gone(outcome: ConversationOutcome): Promise<void> {
    if (outcome.kind === "not_started" || outcome.exit === undefined) return;
    const { exitCode, signal } = outcome.exit;
    const payload = { exit_code: exitCode, faults: outcome.faultCount, reason: outcome.kind, signal };
    await this.#context.run.append(this.#system("agent.exited", payload));
  }

  /** The first heartbeat, each change of status, and at most one a minute. */
  #isNews({ status }: Heartbeat): boolean {
    const nowMs = this.#context.run.world.clock.monotonicMs();
    if (status === this.#lastStatus && nowMs - this.#lastHeartbeatMs < heartbeatEveryMs) return false;
    this.#lastStatus = status;
    this.#lastHeartbeatMs = nowMs;
    return true;
  }

  #system(event: string, payload: Record<string, unknown>) {
    const { taskId, correlationId, step } = this.#work;
    const about = { taskId, correlationId, step, attempt: this.#attempt };
    return systemEvent(this.#context.run.world, about, event, { agent: this.#step.agent, ...payload });
  }
}

/** In the ledger `seq` is the entry's place; the agent's own count is kept beside it. */
function heartbeatRecord({ seq, ...rest }: Heartbeat): HeartbeatRecord {
  return { ...rest, heartbeat_seq: seq };
}
