import { isPathId } from "../durable/layout.ts";
import type { PathPart } from "../idempotency/json-path.ts";
import { reservedActions } from "../idempotency/key.ts";
import { decisionAction, isReserved } from "../protocol/event-names.ts";
import { agentEnvironmentProblems, agentProblems } from "./agent-rules.ts";
import { decisionProblems } from "./decision-rules.ts";
import { declarationProblems } from "./declaration-rules.ts";
import { durationProblems } from "./duration-rules.ts";
import { forEachProblems } from "./for-each-rules.ts";
import { inputProblems } from "./input-rules.ts";
import { agentPlaceholderProblems, placeholderProblems } from "./placeholder-rules.ts";
import type { Problem } from "./problem.ts";
import { expectedFound } from "./shown.ts";
import type { TaskFile, TaskFileStep } from "./task-schema.ts";
import { globProblem, pathProblem } from "./workspace-path.ts";

/** What of a task file has the right shape; a part with a wrong one is absent. Unwritten `agents` are an empty object. */
export type SoundParts = { readonly [Part in keyof Omit<TaskFile, "steps">]?: TaskFile[Part] | undefined } & {
  /** By their place in the file. */
  readonly steps: readonly (TaskFileStep | undefined)[];
};

/** What the schema cannot say: rules across fields, reserved names, paths. Needs between steps: see graph-fault.ts. */
export function ruleProblems(task: SoundParts): Problem[] {
  return [
    ...(task.id === undefined || isPathId(task.id) ? [] : [nameProblem(["id"], task.id)]),
    ...declarationProblems(task.inputs ?? {}),
    ...agentProblems(task.agents),
    ...agentPlaceholderProblems(task.agents, task.inputs ?? {}),
    ...globProblems(task.snapshot?.include, ["snapshot", "include"]),
    ...globProblems(task.snapshot?.exclude, ["snapshot", "exclude"]),
    ...task.steps.flatMap((step, index) => (step ? stepProblems(step, ["steps", index], task) : [])),
  ];
}

function nameProblem(path: PathPart[], name: string): Problem {
  return { path, says: expectedFound("a name for a directory: no `..`, no device of Windows", name) };
}

function stepProblems(step: TaskFileStep, path: PathPart[], { agents, inputs = {} }: SoundParts): Problem[] {
  return [
    ...kindProblems(step, path, agents),
    ...agentEnvironmentProblems(step, path),
    ...forEachProblems(step, path),
    ...placeholderProblems(step, path, inputs),
    ...timingProblems(step, path),
    ...repeatedNeeds(step, path),
    ...(step.expected_outputs ?? []).flatMap((output, index): Problem[] => {
      const expected = pathProblem(output.path);
      const at = [...path, "expected_outputs", index, "path"];
      return expected === undefined ? [] : [{ path: at, says: expectedFound(expected, output.path) }];
    }),
    ...globProblems(step.writes, [...path, "writes"]),
  ];
}

const kinds = ["run", "agent", "decision"] as const;

function kindProblems(step: TaskFileStep, path: PathPart[], agents: TaskFile["agents"]): Problem[] {
  const written = kinds.filter((kind) => step[kind] !== undefined);
  if (written.length !== 1) {
    const found = written.length === 0 ? "none" : written.map((kind) => `\`${kind}\``).join(" and ");
    return [{ path, says: `expected one of \`run\`, \`agent\` and \`decision\`, found ${found}` }];
  }
  if (step.decision !== undefined) return decisionProblems(step, step.decision, path);
  if (step.agent === undefined) {
    const strangers = (["action", "inputs"] as const).filter((field) => step[field] !== undefined);
    return strangers.map((field) => ({ path: [...path, field], says: "only a step with an `agent` has this" }));
  }
  return [
    ...unknownAgent(step.agent, [...path, "agent"], agents),
    ...actionProblems(step.action, path),
    ...inputProblems(step.inputs, [...path, "inputs"]),
  ];
}

function unknownAgent(agent: string, path: PathPart[], agents: TaskFile["agents"]): Problem[] {
  if (agents === undefined || Object.hasOwn(agents, agent)) return [];
  const known = Object.keys(agents);
  return [{ path, says: `\`agents\` has no ${JSON.stringify(agent)}`, spelling: { word: agent, known } }];
}

function actionProblems(action: string | undefined, path: PathPart[]): Problem[] {
  if (action === undefined) return [{ path: [...path, "action"], says: "missing: what the agent is asked to do" }];
  const own = ["exec", "call", decisionAction].includes(action) || isReserved(action);
  const names = `exec, call, decision, and what starts with ${reservedActions.join(", ")}`;
  return own ? [{ path: [...path, "action"], says: `"${action}" is reserved for runledger (${names})` }] : [];
}

function timingProblems(step: TaskFileStep, path: PathPart[]): Problem[] {
  const problems: Problem[] = [];
  if (step.probe !== undefined && step.effect !== "once") {
    problems.push({ path: [...path, "probe"], says: "only a step with `effect: once` is ever asked; write that too" });
  }
  return [...problems, ...durationProblems(path, "timeout", step.timeout, step.timeout_ms)];
}

function repeatedNeeds({ needs = [] }: TaskFileStep, path: PathPart[]): Problem[] {
  const first = new Map(needs.map((need, index): [string, number] => [need, index]).reverse());
  return needs.flatMap((need, index) =>
    first.get(need) === index ? [] : [{ path: [...path, "needs", index], says: `"${need}" stands here twice` }],
  );
}

function globProblems(globs: readonly string[] = [], path: PathPart[]): Problem[] {
  return globs.flatMap((glob, index) => {
    const expected = globProblem(glob);
    return expected === undefined ? [] : [{ path: [...path, index], says: expectedFound(expected, glob) }];
  });
}
