import { resolveEnv } from "../../agent/env-reference.ts";
import { correlationId } from "../../idempotency/correlation.ts";
import { chosenKey, idempotencyKey } from "../../idempotency/key.ts";
import { mayHaveReservedMembers } from "../../objects/reserved-members.ts";
import type { Effect } from "../../task/task.ts";
import type { Outcome, OutputsNow, ProbeAnswer, Work } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";
import { checkCall, checkedInputs } from "./check-call.ts";
import type { StepOptions, StepWork } from "./define-task.ts";
import type { RunningCalls } from "./running-calls.ts";

/** The action and agent_type of functions. */
const call = "call";
const address = { agent_type: call };

/** Work that a function asks for. */
export interface OwnWork extends Work {
  /** Canonical JSON of the inputs as given. */
  readonly ownInputs: string;
}

/** The work of one call of `step()`. A class: an object with closures of its own would cost twenty times as much. */
export class CallWork implements OwnWork {
  readonly taskId: string;
  readonly step: string;
  readonly action = call;
  readonly key: string;
  readonly effect: Effect;
  readonly maxAttempts: number;
  readonly timeoutMs: number | undefined;
  readonly to = address;
  readonly inputs: Record<string, unknown>;
  readonly ownInputs: string;
  readonly expectedOutputs = [];
  readonly recordsCommand: boolean;
  readonly probe: Work["probe"];
  readonly #context: StepContext;
  readonly #calls: RunningCalls;
  readonly #work: StepWork<unknown>;

  /** Throws `USAGE`, `NOT_JSON`, `RESERVED_MEMBER` or `SECRET_IN_INPUT`. */
  constructor(context: StepContext, calls: RunningCalls, step: string, options: StepOptions, work: StepWork<unknown>) {
    checkCall(step, options, work);
    const ownInputs = checkedInputs(context, step, options.inputs ?? {});
    const inputs = { $runledger: { step }, ...(JSON.parse(ownInputs) as Record<string, unknown>) };
    const { taskId, snapshotId } = context.run.state;
    const key =
      options.key === undefined
        ? idempotencyKey({ action: call, taskId, snapshotId, inputs, expectedOutputs: [] })
        : chosenKey(options.key);
    const { effect = "idempotent", retry, timeoutMs, probe } = options;
    this.taskId = taskId;
    this.step = step;
    this.key = key;
    this.effect = effect;
    this.maxAttempts = retry?.maxAttempts ?? 1;
    this.timeoutMs = timeoutMs;
    this.inputs = inputs;
    this.ownInputs = ownInputs;
    this.recordsCommand = effect === "once";
    this.probe = probe && (async () => answerOf(await probe({ key })));
    this.#context = context;
    this.#calls = calls;
    this.#work = work;
  }

  /** A step that has finished is not asked for it. */
  get correlationId(): string {
    return correlationId(this.#context.run.state.runId, this.key);
  }

  perform(attempt: number): Promise<Outcome> {
    const own = JSON.parse(this.ownInputs) as Record<string, unknown>;
    const { environment } = this.#context.run.world.host;
    const inputs = mayHaveReservedMembers(this.ownInputs) ? resolveEnv(own, environment, this.step) : own;
    return this.#calls.call(this.#work, { key: this.key, attempt, inputs }, this.timeoutMs);
  }

  outputsNow(): OutputsNow {
    return { artifacts: [] };
  }
}

function answerOf(answer: boolean | "unknown" | undefined): ProbeAnswer {
  if (answer === true) return "yes";
  return answer === false ? "no" : "unknown";
}
