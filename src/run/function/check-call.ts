import { envNames } from "../../agent/env-reference.ts";
import { RunledgerError } from "../../errors.ts";
import { canonicalJson } from "../../idempotency/canonical.ts";
import { mayHaveReservedMembers, refuseReservedMembers } from "../../objects/reserved-members.ts";
import type { Effect } from "../../task/task.ts";
import { refuseSecret } from "../command/secret-inputs.ts";
import type { StepContext } from "../command/step-context.ts";
import type { StepOptions } from "./define-task.ts";
import { nestingInEntry } from "./json-copy.ts";
import { refuseUnknownOptions } from "./known-options.ts";

// What a function gives to step() and ask() is checked before anything is done.

const stepOptions = ["inputs", "effect", "probe", "key", "retry", "timeoutMs"];
const effects: readonly Effect[] = ["pure", "idempotent", "once"];

/** Canonical JSON of the inputs as given. Throws `USAGE`, `NOT_JSON`, `RESERVED_MEMBER` or `SECRET_IN_INPUT`. */
export function checkedInputs(context: StepContext, step: string, inputs: Record<string, unknown> = {}): string {
  checkInputs(step, inputs);
  const text = canonicalJson(inputs, nestingInEntry);
  if (mayHaveReservedMembers(text)) {
    refuseReservedMembers(inputs, { allowEnv: true });
    context.secrets.alsoReferTo(envNames(inputs));
  }
  refuseSecret(context.secrets, step, inputs);
  return text;
}

/** Throws `USAGE` unless they are an object, or not given. */
export function checkInputs(step: string, inputs: unknown): void {
  if (inputs === undefined || (typeof inputs === "object" && inputs !== null && !Array.isArray(inputs))) return;
  throw usage(step, "its inputs are not an object");
}

/** Throws `USAGE`. */
export function checkCall(step: string, options: StepOptions, work: unknown): void {
  checkStepId(step);
  if (typeof work !== "function") throw usage(step, "the last argument is the function that does it");
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw usage(step, "its options are not an object");
  refuseUnknownOptions(options, stepOptions, `step ${step}`);
  checkEffort(step, options);
  if (options.probe !== undefined && typeof options.probe !== "function")
    throw usage(step, "its probe is not a function");
}

/** Throws `USAGE`. */
export function checkEffort(step: string, effort: Effort): void {
  // Most steps give none.
  const { effect, timeoutMs, retry } = effort;
  if (effect !== undefined || timeoutMs !== undefined || retry !== undefined) checkGivenEffort(step, effort);
}

function checkGivenEffort(
  step: string,
  { effect = "idempotent", timeoutMs = 1, retry = { maxAttempts: 1 } }: Effort,
): void {
  if (!effects.includes(effect))
    throw usage(step, `effect is ${String(effect)}, expected one of ${effects.join(", ")}`);
  if (!(typeof timeoutMs === "number" && timeoutMs > 0 && timeoutMs <= longestTimeoutMs))
    throw usage(step, `timeoutMs is ${String(timeoutMs)}, expected a number above 0, at most ${longestTimeoutMs}`);
  if (typeof retry !== "object" || retry === null)
    throw usage(step, `retry is ${String(retry)}, expected { maxAttempts: … }`);
  refuseUnknownOptions(retry, ["maxAttempts"], `step ${step}: retry`);
  const maxAttempts: unknown = retry.maxAttempts;
  if (!Number.isInteger(maxAttempts) || (maxAttempts as number) < 1)
    throw usage(step, `retry.maxAttempts is ${String(maxAttempts)}, expected a whole number from 1 on`);
}

/** Some 24 days: timers know no longer ones. */
const longestTimeoutMs = 2 ** 31 - 1;

type Effort = Pick<StepOptions, "effect" | "timeoutMs" | "retry">;

/** Throws `USAGE`. */
export function checkStepId(step: unknown): void {
  if (typeof step === "string" && /^[a-z0-9][a-z0-9_-]{0,63}$/.test(step)) return;
  throw usage(JSON.stringify(step) ?? String(step), "a step's id is 1 to 64 lower-case letters, digits, - and _");
}

function usage(step: string, what: string): RunledgerError {
  return new RunledgerError("USAGE", `step ${step}: ${what}`, {
    hint: 'step("id", { inputs: {…} }, async ({ key }) => …)',
  });
}
