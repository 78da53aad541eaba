import { type ExecOutcome, type ExecResult, runExec } from "../../agent/exec.ts";
import { effectOf, type PlainStep } from "../../task/task.ts";
import { childVariables } from "./child-variables.ts";
import { choiceVariables } from "./choice-variables.ts";
import { hashOutputs, outputsNow } from "./outputs.ts";
import { probeOf } from "./probe.ts";
import type { Outcome, Work } from "./step-command.ts";
import type { StepContext } from "./step-context.ts";
import { identityOf } from "./step-identity.ts";

/** The action and agent_type of plain commands. */
const exec = "exec";

/** The work of a plain command. `inputs` are those of its key, with `$runledger`. */
export function plainWork(context: StepContext, step: PlainStep<string>, inputs: Record<string, unknown>): Work {
  const identity = identityOf(context, step, exec, inputs);
  return {
    ...identity,
    effect: effectOf(step),
    maxAttempts: step.retry.max_attempts,
    timeoutMs: step.timeout_ms,
    to: { agent_type: exec },
    inputs,
    expectedOutputs: [...step.expected_outputs],
    recordsCommand: true,
    perform: async (attempt) => outcomeOf(context, step, await execute(context, step, identity.key, attempt)),
    probe: probeOf(context, step, identity.key),
    outputsNow: () => outputsNow(context, step),
  };
}

/** The inputs of a plain command, as they enter its key. */
export function plainInputs(step: PlainStep<string>): Record<string, unknown> {
  const env = Object.keys(step.env).length === 0 ? {} : { env: step.env };
  return { ...env, run: step.run };
}

function execute(context: StepContext, step: PlainStep<string>, key: string, attempt: number): Promise<ExecOutcome> {
  const { run, policy } = context;
  const { processes, clock } = run.world;
  return runExec({
    processes,
    clock,
    secrets: context.secrets,
    objects: run.objects,
    run: step.run,
    cwd: context.workspace,
    env: childVariables(
      context,
      step.id,
      { ...step.env, ...choiceVariables(context, step) },
      { command: { step: step.id, key, attempt } },
    ),
    graceMs: policy.graceMs,
    signal: policy.stop,
    killSignal: policy.kill,
    ...(step.timeout_ms === undefined ? {} : { timeoutMs: step.timeout_ms }),
  });
}

function outcomeOf(context: StepContext, step: PlainStep<string>, outcome: ExecOutcome): Outcome {
  switch (outcome.kind) {
    case "stopped":
      return { kind: "stopped" };
    case "deadline":
      return {
        kind: "doubt",
        code: "DEADLINE",
        message: `no end within ${step.timeout_ms} ms`,
        result: outcome.result,
      };
    case "not_started":
      return failed(outcome.code, outcome.message);
    case "exited":
      return exited(context, step, outcome.result);
  }
}

function exited(context: StepContext, step: PlainStep<string>, result: ExecResult): Outcome {
  if (result.signal !== null) return ended(step, result);
  if (result.exit_code !== 0) return failed("EXIT_STATUS", `exit status ${result.exit_code}`, result);
  const outputs = hashOutputs(context, step, []);
  if (outputs.kind === "refused") return failed(outputs.code, outputs.message, result);
  const { artifacts } = outputs;
  const from = { agent_type: exec };
  return { kind: "ended", ended: { event: "exec.completed", status: "success", payload: { result }, artifacts, from } };
}

/** What a signal cut short may have happened: for `once` that is a doubt, not a failure that is simply tried again. */
function ended(step: PlainStep<string>, result: ExecResult): Outcome {
  const message = `ended by ${result.signal}`;
  if (effectOf(step) === "once") return { kind: "doubt", code: "EXIT_SIGNAL", message, result };
  return failed("EXIT_SIGNAL", message, result);
}

function failed(code: string, message: string, result?: ExecResult): Outcome {
  const payload = { code, message, ...(result === undefined ? {} : { result }) };
  const from = { agent_type: exec };
  return { kind: "ended", ended: { event: "exec.completed", status: "failed", payload, from } };
}
