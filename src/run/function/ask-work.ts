import { RunledgerError } from "../../errors.ts";
import { parseJson } from "../../idempotency/parse-json.ts";
import { resultDigest } from "../../idempotency/result-digest.ts";
import { ruleProblems } from "../../task/rules.ts";
import type { AgentStep } from "../../task/task.ts";
import type { AgentSeat } from "../command/agent-seat.ts";
import { agentWork } from "../command/agent-work.ts";
import type { StepContext } from "../command/step-context.ts";
import type { OwnWork } from "./call-work.ts";
import { checkEffort, checkedInputs, checkInputs, checkStepId } from "./check-call.ts";
import type { Answer, AskOptions, FunctionTask } from "./define-task.ts";
import { refuseUnknownOptions } from "./known-options.ts";

/** The work of one call of `ask()`, which {@link checkAsk} has let pass. Throws `USAGE`, `NOT_JSON`, `RESERVED_MEMBER`, `PATH_INVALID` or `SECRET_IN_INPUT`. */
export function askWork(
  context: StepContext,
  seatOf: (agent: string) => AgentSeat,
  id: string,
  options: AskOptions,
): OwnWork {
  const ownInputs = checkedInputs(context, id, options.inputs);
  const step = stepOf(id, options, parseJson(ownInputs) as Record<string, unknown>);
  const { round, feedback } = options;
  const $runledger = {
    step: id,
    ...(round === undefined ? {} : { round }),
    ...(feedback === undefined ? {} : { feedback: digestOf(feedback) }),
  };
  const work = agentWork(context, step, seatOf(options.agent), { $runledger, ...step.inputs });
  return { ...work, ownInputs, isChosen: false };
}

/** As a task file would have it. */
function stepOf(id: string, options: AskOptions, inputs: Record<string, unknown>): AgentStep<string> {
  const { agent, action, effect, timeoutMs, retry, expectedOutputs = [] } = options;
  return {
    id,
    needs: [],
    agent,
    action,
    inputs,
    ...(effect === undefined ? {} : { effect }),
    ...(timeoutMs === undefined ? {} : { timeout_ms: timeoutMs }),
    retry: { max_attempts: retry?.maxAttempts ?? 1 },
    env: {},
    expected_outputs: expectedOutputs.map(({ required = true, ...output }) => ({ ...output, required })),
  };
}

/** What the agent is to act on, as the steps of a task file cover what they need. */
function digestOf({ artifacts, payload: { usage: _, ...result } }: Answer): string {
  return resultDigest({ artifacts, result, status: "success" });
}

const askOptions = [
  ...["agent", "action", "inputs", "expectedOutputs", "round", "feedback"],
  ...["effect", "retry", "timeoutMs"],
];

export function checkAsk(agents: FunctionTask["agents"], id: string, options: AskOptions): void {
  checkStepId(id);
  if (typeof options !== "object" || options === null) throw usage(id, "its options are not an object");
  refuseUnknownOptions(options, askOptions, `step ${id}`);
  checkEffort(id, options);
  checkInputs(id, options.inputs);
  const { agent, action, inputs = {}, expectedOutputs = [], round = 1 } = options;
  if (!Number.isInteger(round) || round < 1) throw usage(id, `round is ${round}, expected a whole number from 1 on`);
  if (typeof action !== "string") throw usage(id, "its action is not a text");
  if (!isListOfFiles(expectedOutputs)) throw usage(id, "its expectedOutputs are not a list of { path }");
  if (options.feedback !== undefined && !isAnswer(options.feedback)) throw usage(id, "its feedback is not an answer");
  const outputs = expectedOutputs.map(({ required = true, ...output }) => ({ ...output, required }));
  const step = { id, agent, action, inputs, expected_outputs: outputs };
  const known = Object.fromEntries(Object.keys(agents).map((name) => [name, { command: [name] as [string] }]));
  const [problem] = ruleProblems({ agents: known, steps: [step] });
  if (problem !== undefined) throw usage(id, `${problem.path.slice(2).join(".")}: ${problem.says}`);
}

function isListOfFiles(given: unknown): boolean {
  return Array.isArray(given) && given.every((each) => typeof each?.path === "string");
}

/** As {@link AskFunction} resolves to. */
function isAnswer(given: Partial<Answer> | null): boolean {
  return Array.isArray(given?.artifacts) && typeof given.payload === "object" && given.payload !== null;
}

function usage(step: string, what: string): RunledgerError {
  return new RunledgerError("USAGE", `step ${step}: ${what}`, {
    hint: 'ask("id", { agent: "reviewer", action: "review", inputs: {…} })',
  });
}
