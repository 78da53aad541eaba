import type { PathPart } from "../idempotency/json-path.ts";
import { readDocument } from "../task/document.ts";
import { type Problem, placeProblems, taskRefusal } from "../task/problem.ts";
import { resolveTask } from "../task/resolve.ts";
import { ruleProblems } from "../task/rules.ts";
import { shapeOf } from "../task/shape.ts";
import { expectedFound } from "../task/shown.ts";
import { refuseNewerTask } from "../task/task-json.ts";
import { flowAgents } from "./build-review-spec.ts";
import { type FlowDefinition, type FlowTask, flowTask } from "./flow-task.ts";

const flowName = "build-review-spec";
const defaultRounds = 5;
const mostRounds = 100;

/**
 * The flow that `text`, a task file, names by its member `flow`; undefined if it has none. `TASK_INVALID` names everything
 * that is wrong at once, each with line and field.
 */
export function parseFlow(text: string, file: string): FlowTask | undefined {
  const { value, lineOf } = readDocument(text, file);
  if (!isRecord(value) || value["flow"] === undefined) return undefined;
  refuseNewerTask(value, file);
  const { flow: _, max_rounds: rounds = defaultRounds, brief, ...rest } = value;
  const shape = shapeOf({ ...rest, steps: stepsOf(brief) });
  const problems = [...ownProblems(value), ...[...shape.problems, ...ruleProblems(shape.sound)].map(inFlow)];
  if (problems.length > 0 || shape.file === undefined)
    throw taskRefusal("TASK_INVALID", file, placeProblems(distinct(problems), lineOf));
  const { id, agents, snapshot } = resolveTask(shape.file);
  return flowTask({
    flow: flowName,
    task: id,
    brief: (brief ?? {}) as Record<string, unknown>,
    max_rounds: rounds as number,
    // A flow declares no inputs, so the rules let no placeholder pass.
    agents: agents as FlowDefinition["agents"],
    ...(snapshot && { snapshot }),
  });
}

/** What the flow asks, as steps: so agents and brief are judged by the rules of every task file. */
function stepsOf(brief: unknown): Record<string, unknown>[] {
  return flowAgents.map((agent) => ({ id: agent.replaceAll("_", "-"), agent, action: "ask", inputs: brief }));
}

/** The place in the file that a problem with one of {@link stepsOf} is about. */
function inFlow(problem: Problem): Problem {
  const [top, index, field, ...inside] = problem.path;
  if (top !== "steps") return problem;
  const agent = flowAgents[Number(index)] ?? "";
  if (field === "agent") return { path: ["agents"], says: `the flow ${flowName} needs an agent named ${agent}` };
  const path: PathPart[] = field === undefined ? [] : [field === "inputs" ? "brief" : field, ...inside];
  return { ...problem, path };
}

function ownProblems({ flow, max_rounds: rounds, steps, concurrency, inputs }: Record<string, unknown>): Problem[] {
  const problems: Problem[] = [];
  if (flow !== flowName) {
    const spelling = typeof flow === "string" ? { spelling: { word: flow, known: [flowName] } } : {};
    problems.push({ path: ["flow"], says: expectedFound(flowName, flow), ...spelling });
  }
  if (rounds !== undefined && !(Number.isInteger(rounds) && Number(rounds) >= 1 && Number(rounds) <= mostRounds)) {
    problems.push({ path: ["max_rounds"], says: expectedFound(`a whole number from 1 to ${mostRounds}`, rounds) });
  }
  if (steps !== undefined) problems.push({ path: ["steps"], says: "a task with a `flow` has no steps of its own" });
  if (concurrency !== undefined) problems.push({ path: ["concurrency"], says: "a flow asks one agent at a time" });
  if (inputs !== undefined)
    problems.push({ path: ["inputs"], says: "what the agents of a flow are told is its `brief`" });
  return problems;
}

/** The same slip in the brief is found once for each agent. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify([problem.path, problem.says]), problem])).values()];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
