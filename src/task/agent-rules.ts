import { isPathId } from "../durable/layout.ts";
import type { PathPart } from "../idempotency/json-path.ts";
import { systemAgent, userAgent } from "../protocol/event-names.ts";
import { durationProblems } from "./duration-rules.ts";
import type { Problem } from "./problem.ts";
import { expectedFound } from "./shown.ts";
import type { TaskFile, TaskFileStep } from "./task-schema.ts";

/** agent_types of runledger itself: of its own events, of decisions, of plain commands and of functions. */
const ownAgents: readonly string[] = [systemAgent, userAgent, "exec", "call"];

/** What the schema cannot say about the agents of a task. Undefined: they have not the right shape. */
export function agentProblems(agents: TaskFile["agents"] = {}): Problem[] {
  return Object.entries(agents).flatMap(([name, { heartbeat, heartbeat_ms, breaker = {} }]) => {
    const path = ["agents", name];
    return [
      ...nameProblems(name, path),
      ...durationProblems(path, "heartbeat", heartbeat, heartbeat_ms),
      ...durationProblems([...path, "breaker"], "open", breaker.open, breaker.open_ms),
    ];
  });
}

/** One process does all commands of an agent: there is no other environment for a single one. A probe has one. */
export function agentEnvironmentProblems(step: TaskFileStep, path: PathPart[]): Problem[] {
  if (step.agent === undefined || step.probe !== undefined || Object.keys(step.env ?? {}).length === 0) return [];
  const says = `an agent is one process for the whole run; write it in \`agents.${step.agent}.env\``;
  return [{ path: [...path, "env"], says }];
}

function nameProblems(name: string, path: PathPart[]): Problem[] {
  if (ownAgents.includes(name)) return [{ path, says: "the name is reserved for runledger" }];
  if (isPathId(name)) return [];
  return [{ path, says: expectedFound("a name for a directory: no `..`, no device of Windows", name) }];
}
