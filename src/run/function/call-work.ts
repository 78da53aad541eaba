import { resolveEnv } from "../../agent/env-reference.ts";
import { RunledgerError } from "../../errors.ts";
import { canonicalJson } from "../../idempotency/canonical.ts";
import { correlationId } from "../../idempotency/correlation.ts";
import { chosenKey, idempotencyKey } from "../../idempotency/key.ts";
import { mayHaveReservedMembers, refuseReservedMembers } from "../../objects/reserved-members.ts";
import type { Effect } from "../../task/task.ts";
import { refuseSecret } from "../command/secret-inputs.ts";
import type { ProbeAnswer, Work } from "../command/step-command.ts";
import type { StepContext } from "../command/step-context.ts";
import type { StepOptions, StepWork } from "./define-task.ts";
import { refuseUnknownOptions } from "./known-options.ts";
import type { RunningCalls } from "./running-calls.ts";

/** The action and agent_type of functions. */
const call = "call";

/** Work that a function asks for. */
export interface OwnWork extends Work {
  /** Canonical JSON of the inputs as given. */
  readonly ownInputs: string;
}

/** The work of one call of `step()`. Throws `USAGE`, `NOT_JSON`, `RESERVED_MEMBER` or `SECRET_IN_INPUT`. */
export function callWork(
  context: StepContext,
  calls: RunningCalls,
  step: string,
  options: StepOptions,
  work: StepWork<unknown>,
): OwnWork {
  checkCall(step, options, work);
  const ownInputs = checkedInputs(context, step, options.inputs ?? {});
  const inputs = { $runledger: { step }, ...(JSON.parse(ownInputs) as Record<string, unknown>) };
  const { runId, taskId, snapshotId } = context.run.state;
  const key =
    options.key === undefined
      ? idempotencyKey({ action: call, taskId, snapshotId, inputs, expectedOutputs: [] })
      : chosenKey(options.key);
  const effect = options.effect ?? "idempotent";
  return {
    taskId,
    step,
    action: call,
    key,
    // A step that has finished is not asked for it.
    get correlationId() {
      return correlationId(runId, key);
    },
    effect,
    maxAttempts: options.retry?.maxAttempts ?? 1,
    timeoutMs: options.timeoutMs,
    to: { agent_type: call },
    inputs,
    ownInputs,
    expectedOutputs: [],
    recordsCommand: effect === "once",
    perform: (attempt) => {
      const own = JSON.parse(ownInputs) as Record<string, unknown>;
      const { environment } = context.run.world.host;
      const resolved = mayHaveReservedMembers(ownInputs) ? resolveEnv(own, environment, step) : own;
      return calls.call(work, { key, attempt, inputs: resolved }, options.timeoutMs);
    },
    probe: options.probe && (async () => answerOf(await options.probe?.({ key }))),
    outputsNow: () => ({ artifacts: [] }),
  };
}

function answerOf(answer: boolean | "unknown" | undefined): ProbeAnswer {
  if (answer === true) return "yes";
  return answer === false ? "no" : "unknown";
}

const stepOptions = ["inputs", "effect", "probe", "key", "retry", "timeoutMs"];
const effects: readonly Effect[] = ["pure", "idempotent", "once"];

export function checkedInputs(context: StepContext, step: string, inputs: Record<string, unknown>): string {
  if (typeof inputs !== "object" || inputs === null || Array.isArray(inputs)) {
    throw usage(step, "its inputs are not an object");
  }
  const text = canonicalJson(inputs);
  if (mayHaveReservedMembers(text)) refuseReservedMembers(inputs, { allowEnv: true });
  refuseSecret(context.secrets, step, inputs);
  return text;
}

function checkCall(step: string, options: StepOptions, work: unknown): void {
  checkStepId(step);
  if (typeof work !== "function") throw usage(step, "the last argument is the function that does it");
  if (typeof options !== "object" || options === null) throw usage(step, "its options are not an object");
  refuseUnknownOptions(options, stepOptions, `step ${step}`);
  checkEffort(step, options);
  const { probe = async () => "unknown" } = options;
  if (typeof probe !== "function") throw usage(step, "its probe is not a function");
}

export function checkEffort(
  step: string,
  { effect = "idempotent", timeoutMs = 1, retry = { maxAttempts: 1 } }: Effort,
) {
  if (!effects.includes(effect))
    throw usage(step, `effect is ${String(effect)}, expected one of ${effects.join(", ")}`);
  if (!(typeof timeoutMs === "number" && timeoutMs > 0 && timeoutMs <= longestTimeoutMs))
    throw usage(step, `timeoutMs is ${String(timeoutMs)}, expected a number above 0, at most ${longestTimeoutMs}`);
  const { maxAttempts } = retry;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) throw usage(step, `retry.maxAttempts is ${maxAttempts}`);
}

/** Some 24 days: timers know no longer ones. */
const longestTimeoutMs = 2 ** 31 - 1;

type Effort = Pick<StepOptions, "effect" | "timeoutMs" | "retry">;

export function checkStepId(step: unknown): void {
  if (typeof step === "string" && /^[a-z0-9][a-z0-9_-]{0,63}$/.test(step)) return;
  throw usage(JSON.stringify(step) ?? String(step), "a step's id is 1 to 64 lower-case letters, digits, - and _");
}

function usage(step: string, what: string): RunledgerError {
  return new RunledgerError("USAGE", `step ${step}: ${what}`, {
    hint: 'step("id", { inputs: {…} }, async ({ key }) => …)',
  });
}
