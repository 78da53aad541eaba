import { resolveEnv } from "../../agent/env-reference.ts";
import { canonicalJson } from "../../idempotency/canonical.ts";
import { correlationId } from "../../idempotency/correlation.ts";
import { newMessageId } from "../../idempotency/identifiers.ts";
import { chosenKey, keyOfTexts } from "../../idempotency/key.ts";
import { parseJson } from "../../idempotency/parse-json.ts";
import type { CallRecord } from "../../ledger/call-record.ts";
import { isInline } from "../../objects/externalize.ts";
import { mayHaveReservedMembers } from "../../objects/reserved-members.ts";
import { timestamp } from "../../ports.ts";
import type { AgentAddress } from "../../protocol/fields.ts";
import type { Effect } from "../../task/task.ts";
import type { Ended } from "../command/records.ts";
import type { Outcome, OutputsNow, ProbeAnswer, Work } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";
import { checkCall, checkedInputs } from "./check-call.ts";
import type { StepOptions, StepWork } from "./define-task.ts";
import { Returned, type RunningCalls } from "./running-calls.ts";

/** The action and agent_type of functions. */
const call = "call";

/** Work that a function asks for. */
export interface OwnWork extends Work {
  /** Canonical JSON of the inputs as given. */
  readonly ownInputs: string;
  /** The caller chose its key. */
  readonly isChosen: boolean;
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
  readonly ownInputs: string;
  readonly isChosen: boolean;
  readonly expectedOutputs = [];
  readonly recordsCommand: boolean;
  readonly probe: Work["probe"];
  readonly #context: StepContext;
  readonly #calls: RunningCalls;
  readonly #work: StepWork<unknown>;
  /** Canonical JSON of {@link inputs}. */
  readonly #inputs: string;

  /** Throws `USAGE`, `NOT_JSON`, `RESERVED_MEMBER` or `SECRET_IN_INPUT`. */
  constructor(context: StepContext, calls: RunningCalls, step: string, options: StepOptions, work: StepWork<unknown>) {
    checkCall(step, options, work);
    const ownInputs = checkedInputs(context, step, options.inputs);
    const inputs = inputsOf(step, ownInputs);
    const { taskId, snapshotId } = context.run.state;
    const key =
      options.key === undefined
        ? keyOfTexts({ action: call, taskId, snapshotId, inputs, expectedOutputs: "[]" })
        : chosenKey(options.key);
    const { effect = "idempotent", retry, timeoutMs, probe } = options;
    this.taskId = taskId;
    this.step = step;
    this.key = key;
    this.effect = effect;
    this.maxAttempts = retry?.maxAttempts ?? 1;
    this.timeoutMs = timeoutMs;
    this.#inputs = inputs;
    this.ownInputs = ownInputs;
    this.isChosen = options.key !== undefined;
    this.recordsCommand = effect === "once";
    this.probe = probe && (async () => answerOf(await probe({ key })));
    this.#context = context;
    this.#calls = calls;
    this.#work = work;
  }

  get inputs(): Record<string, unknown> {
    return parseJson(this.#inputs) as Record<string, unknown>;
  }

  get to(): AgentAddress {
    return { agent_type: call };
  }

  /** A step that has finished is not asked for it. */
  get correlationId(): string {
    return correlationId(this.#context.run.state.runId, this.key);
  }

  perform(attempt: number): Promise<Outcome> {
    const own = parseJson(this.ownInputs) as Record<string, unknown>;
    const { environment } = this.#context.run.world.host;
    const inputs = mayHaveReservedMembers(this.ownInputs) ? resolveEnv(own, environment, this.step) : own;
    return this.#calls.call(this.#work, { key: this.key, attempt, inputs }, this.timeoutMs);
  }

  textsOf(attempt: number, ended: Ended): CallRecord | undefined {
    if (attempt !== 1 || this.recordsCommand || !(ended instanceof Returned)) return undefined;
    if (!isInline(this.#inputs) || !isInline(ended.result)) return undefined;
    const { clock, randomness } = this.#context.run.world;
    return {
      kind: "call",
      step: this.step,
      taskId: this.taskId,
      key: this.key,
      correlationId: this.correlationId,
      messageId: newMessageId(clock, randomness),
      occurredAt: timestamp(clock),
      inputs: this.#inputs,
      result: ended.result,
    };
  }

  outputsNow(): OutputsNow {
    return { artifacts: [] };
  }
}

/** Canonical JSON of the inputs with the name of their step: that member comes first, before all but the oddest names. */
function inputsOf(step: string, ownInputs: string): string {
  const $runledger = `"$runledger":{"step":"${step}"}`;
  if (ownInputs === "{}") return `{${$runledger}}`;
  if (isLetter(ownInputs.charCodeAt(2))) return `{${$runledger},${ownInputs.slice(1)}`;
  return canonicalJson({ $runledger: { step }, ...(parseJson(ownInputs) as Record<string, unknown>) });
}

function isLetter(code: number): boolean {
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x7a;
}

function answerOf(answer: boolean | "unknown" | undefined): ProbeAnswer {
  if (answer === true) return "yes";
  return answer === false ? "no" : "unknown";
}
