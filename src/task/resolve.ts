import { invariant } from "../errors.ts";
import { durationMs } from "./duration.ts";
import type {
  AgentStep,
  DecisionStep,
  InputValue,
  PlainStep,
  ResolvedStep,
  ResolvedTask,
  SnapshotGlobs,
  TaskAgent,
  TaskBreaker,
  TaskInput,
} from "./task.ts";
import type { TaskFile, TaskFileBreaker, TaskFileInput, TaskFileStep } from "./task-schema.ts";

/** Fills in the defaults of a file that was checked. Two files that mean the same give the same task. */
export function resolveTask(file: TaskFile): ResolvedTask {
  return {
    ...written({ title: file.title, snapshot: file.snapshot && resolvedSnapshot(file.snapshot) }),
    ...(file.inputs === undefined ? {} : { inputs: mapMembers(file.inputs, resolvedInput) }),
    version: file.version,
    id: file.id,
    concurrency: file.concurrency ?? 1,
    agents: mapMembers(file.agents ?? {}, resolvedAgent),
    steps: file.steps.map(resolvedStep),
  };
}

function resolvedSnapshot({ include, exclude }: NonNullable<TaskFile["snapshot"]>): SnapshotGlobs {
  return written({ include, exclude });
}

/** `required` says no more than that there is no default. */
function resolvedInput({ type, description, default: value }: TaskFileInput): TaskInput {
  return { type, ...written({ description, default: value as InputValue | undefined }) };
}

function resolvedAgent(agent: NonNullable<TaskFile["agents"]>[string]): TaskAgent {
  const { command, env = {}, heartbeat, restarts, breaker } = agent;
  const heartbeatMs = heartbeat === undefined ? agent.heartbeat_ms : durationMs(heartbeat);
  return {
    command,
    env,
    ...written({ heartbeat_ms: heartbeatMs, restarts, breaker: breaker && resolvedBreaker(breaker) }),
  };
}

function resolvedBreaker({ failures, open, open_ms }: TaskFileBreaker): TaskBreaker {
  return written({ failures, open_ms: open === undefined ? open_ms : durationMs(open) });
}

function resolvedStep(step: TaskFileStep): ResolvedStep {
  const timeoutMs = step.timeout === undefined ? step.timeout_ms : durationMs(step.timeout);
  return {
    ...written({ effect: step.effect, probe: step.probe, timeout_ms: timeoutMs, writes: step.writes }),
    ...written({ for_each: step.for_each && written(step.for_each), max_failures: step.max_failures }),
    id: step.id,
    needs: step.needs ?? [],
    retry: step.retry ?? { max_attempts: 1 },
    env: step.env ?? {},
    expected_outputs: (step.expected_outputs ?? []).map(({ path, description, required }) => ({
      ...written({ description }),
      path,
      required,
    })),
    ...performer(step),
  };
}

type Performer =
  | Pick<PlainStep, "run">
  | Pick<AgentStep, "agent" | "action" | "inputs">
  | Pick<DecisionStep, "decision">;

function performer({ run, agent, action, decision, inputs = {} }: TaskFileStep): Performer {
  if (run !== undefined) return { run };
  if (decision !== undefined) return { decision: resolvedDecision(decision) };
  invariant(
    agent !== undefined && action !== undefined,
    "a step that passed the rules has `run`, `decision`, or `agent` and `action`",
  );
  return { agent, action, inputs };
}

function resolvedDecision({ prompt, options }: NonNullable<TaskFileStep["decision"]>): DecisionStep["decision"] {
  const resolved = options.map((option) => (typeof option === "string" ? { id: option } : option));
  return { prompt, options: resolved.map(({ id, description }) => ({ ...written({ description }), id })) };
}

function mapMembers<From, To>(members: Record<string, From>, map: (member: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, map(member)]));
}

type Written<Members> = { [Name in keyof Members]?: Exclude<Members[Name], undefined> };

/** Without the members that nobody wrote: absent is not null. */
function written<Members extends object>(members: Members): Written<Members> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Written<Members>;
}
