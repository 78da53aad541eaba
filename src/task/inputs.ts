import { RunledgerError } from "../errors.ts";
import { filled, isInputPlaceholder } from "./placeholders.ts";
import { expectedFound } from "./shown.ts";
import { likelySpelling } from "./spelling.ts";
import type { InputType, InputValue, ResolvedStep, ResolvedTask, TaskInput } from "./task.ts";
import { variableNamePattern } from "./variable-name.ts";

/** An input that was given wrongly or not at all. */
interface InputProblem {
  readonly input: string;
  readonly problem: string;
}

/**
 * `task` with the inputs that were given, or their defaults, in all their places, and recorded as the defaults of what it
 * declares: so they are a part of its digest. `INPUT_INVALID` names everything that is unknown, missing or of another type.
 */
export function bindInputs(task: ResolvedTask, given: Readonly<Record<string, unknown>>): ResolvedTask {
  const declared = task.inputs ?? {};
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(declared, name));
  const values = new Map<string, InputValue>();
  const problems = unknown.map((name) => ({ input: name, problem: unknownInput(name, declared) }));
  for (const [name, input] of Object.entries(declared)) {
    const value = Object.hasOwn(given, name) ? given[name] : input.default;
    const problem = inputProblem(input, value);
    if (problem === undefined) values.set(name, value as InputValue);
    else problems.push({ input: name, problem });
  }
  if (problems.length > 0) throw invalid(task, problems);
  return task.inputs === undefined ? task : withInputs(task, values);
}

/** The values that `task`, whose inputs are bound, was started with. Undefined if it declares none. */
export function inputsOf({ inputs }: ResolvedTask): Record<string, InputValue> | undefined {
  if (inputs === undefined) return undefined;
  const values = Object.entries(inputs).map(([name, input]) => [name, input.default as InputValue]);
  return Object.fromEntries(values) as Record<string, InputValue>;
}

/** Why `value` is none for `input`, or undefined. */
export function inputProblem(input: TaskInput, value: unknown): string | undefined {
  if (value === undefined)
    return `missing: expected ${typeNames[input.type]}${input.description ? ` (${input.description})` : ""}`;
  if (isVariable(value)) return input.type === "string" ? undefined : `{ $env: NAME } is a text, no ${input.type}`;
  return fits[input.type](value) ? undefined : expectedFound(typeNames[input.type], value);
}

const fits: Readonly<Record<InputType, (value: unknown) => boolean>> = {
  string: isText,
  integer: Number.isSafeInteger,
  number: Number.isFinite,
  boolean: (value) => typeof value === "boolean",
  list: (value) => Array.isArray(value) && value.every(isText),
};

const typeNames: Readonly<Record<InputType, string>> = {
  string: "a text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  list: "a list of texts",
};

/** Hostile: the system ends an argument at NUL. */
function isText(value: unknown): boolean {
  return typeof value === "string" && value.isWellFormed() && !value.includes("\0");
}

function isVariable(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 1 || !("$env" in value))
    return false;
  return typeof value.$env === "string" && variableNamePattern.test(value.$env);
}

function unknownInput(name: string, declared: Readonly<Record<string, TaskInput>>): string {
  const known = Object.keys(declared);
  const likely = likelySpelling(name, known);
  if (likely !== undefined) return `the task has no such input; did you mean ${likely}?`;
  return `the task has no such input; it has ${known.length === 0 ? "none" : known.join(", ")}`;
}

function withInputs(task: ResolvedTask, values: ReadonlyMap<string, InputValue>): ResolvedTask {
  const inputs = Object.entries(task.inputs ?? {}).map(([name, input]) => [
    name,
    { ...input, default: values.get(name) },
  ]);
  const anyValue = (value: object) => (isInputPlaceholder(value) ? values.get(value.$input) : undefined);
  const asText = (value: object) => textOf(anyValue(value));
  refuseShownSecrets(task, anyValue);
  return {
    ...task,
    inputs: Object.fromEntries(inputs),
    agents: filled(task.agents, asText) as ResolvedTask["agents"],
    steps: task.steps.map((step) => boundStep(step, anyValue, asText)),
  };
}

type Fill = (value: object) => unknown;

/** An agent's inputs keep their types, and so does a list of items; arguments and variables are texts. */
function boundStep(step: ResolvedStep, anyValue: Fill, asText: Fill): ResolvedStep {
  const bound = filled(step, (value) => (value === ownInputs(step) ? filled(value, anyValue) : asText(value)));
  return bound as ResolvedStep;
}

function ownInputs(step: ResolvedStep): object | undefined {
  return "agent" in step ? step.inputs : undefined;
}

function textOf(value: unknown): unknown {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

/** Anybody on the machine can read the arguments of a process. */
function refuseShownSecrets(task: ResolvedTask, anyValue: Fill): void {
  const ofSteps = task.steps.map((step) => ["run" in step ? step.run : undefined, step.probe, step.for_each]);
  const ofAgents = Object.values(task.agents).map(({ command }) => command);
  const shown = [ofSteps, ofAgents]
    .flatMap(inputPlaceholders)
    .filter((placeholder) => isVariable(anyValue(placeholder)));
  const problem = "a variable cannot be an argument, which anybody on the machine could read; use it in an `env`";
  if (shown.length > 0)
    throw invalid(
      task,
      shown.map(({ $input }) => ({ input: $input, problem })),
    );
}

function inputPlaceholders(value: unknown): { $input: string }[] {
  if (typeof value !== "object" || value === null) return [];
  return isInputPlaceholder(value) ? [value] : Object.values(value).flatMap(inputPlaceholders);
}

function invalid(task: ResolvedTask, problems: readonly InputProblem[]): RunledgerError {
  const lines = problems.map(({ input, problem }) => `input ${input}: ${problem}`);
  const missing = problems
    .filter(({ problem }) => problem.startsWith("missing"))
    .map(({ input }) => `--input ${input}=…`);
  const known = Object.entries(task.inputs ?? {}).map(([name, { type }]) => `${name} (${type})`);
  const all = known.length === 0 ? "The task takes no inputs." : `The inputs of ${task.id}: ${known.join(", ")}`;
  return new RunledgerError("INPUT_INVALID", lines.join("\n"), {
    hint: missing.length === 0 ? all : `Add ${missing.join(" ")}`,
    details: { task_id: task.id, problems },
  });
}
