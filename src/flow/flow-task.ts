import { defineTask, type FunctionTask } from "../run/function/define-task.ts";
import type { FunctionRecord } from "../run/function/function-record.ts";
import type { SnapshotGlobs, TaskAgent } from "../task/task.ts";
import { buildReviewSpec, type FlowInput, type FlowOutput } from "./build-review-spec.ts";

/** All that a task file with a `flow` says, with the defaults filled in. It is the input of the flow's run. */
export interface FlowDefinition extends FlowInput {
  readonly agents: Readonly<Record<string, TaskAgent<string>>>;
  readonly snapshot?: SnapshotGlobs;
}

/** The flow as a task like any other, with its input. */
export interface FlowTask extends FunctionTask {
  readonly input: FlowDefinition;
}

/** Changes with what a flow does. */
const version = "flow build-review-spec 1";

export function flowTask(definition: FlowDefinition): FlowTask {
  const { agents, snapshot, task } = definition;
  const defined = defineTask<FlowInput, FlowOutput>(task, buildReviewSpec, { version, agents });
  return { ...(defined as FunctionTask), input: definition, ...(snapshot && { snapshot }) };
}

/** The flow that a run is of, from what was recorded at its start; undefined if it is of something else. */
export function recordedFlow(record: object): FlowTask | undefined {
  const { kind, version: recorded, input } = record as Partial<FunctionRecord>;
  return kind === "function" && recorded === version ? flowTask(input as FlowDefinition) : undefined;
}
