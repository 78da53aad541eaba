import { envNames } from "../../agent/env-reference.ts";
import { Secrets } from "../../agent/secrets.ts";
import { RunledgerError } from "../../errors.ts";
import { sha256 } from "../../idempotency/digest.ts";
import { refuseReservedMembers } from "../../objects/reserved-members.ts";
import { bindInputs, inputsOf } from "../../task/inputs.ts";
import type { ResolvedTask } from "../../task/task.ts";
import { taskJson } from "../../task/task-json.ts";
import { refuseSecret } from "../command/secret-inputs.ts";
import type { FunctionTask } from "../function/define-task.ts";
import { functionJson } from "../function/function-record.ts";
import { jsonCopy } from "../function/json-copy.ts";
import { refusePromise } from "../place/given-text.ts";
import type { World } from "../place/world.ts";
import { checkTask } from "./check-options.ts";
import type { NewRun } from "./create.ts";
import { refuseIdleOnly } from "./idle-only.ts";
import type { RunOptions, SnapshotOption } from "./options.ts";

/** What a start is about: the run that would be created, and what of the workspace is its snapshot. */
export type Definition = Omit<NewRun, "manifest"> & { readonly globs: SnapshotOption | undefined };

/** A task file's inputs are put in their places (`INPUT_INVALID`); a function is told its input when it is called. */
export function boundTask(
  task: FunctionTask | ResolvedTask,
  { input = {} }: Pick<RunOptions, "input">,
): FunctionTask | ResolvedTask {
  refusePromise("the task", task, 'run(await loadTask("release"))');
  checkTask(task);
  if ("kind" in task) return task;
  const given = jsonCopy(input);
  if (typeof given === "object" && given !== null && !Array.isArray(given)) {
    return bindInputs(task, given as Record<string, unknown>);
  }
  throw new RunledgerError("INPUT_INVALID", "the inputs of a task file are an object of values by name", {
    hint: 'run(task, { input: { name: "value" } })',
  });
}

/** Of a task whose inputs are bound. Refuses inputs that hold a secret (`SECRET_IN_INPUT`) before anything is created. */
export function definitionOf(world: World, task: FunctionTask | ResolvedTask, options: RunOptions): Definition {
  if ("kind" in task) {
    const { input: given = task.input, snapshot = globsOf(task) } = options;
    const input = given === undefined ? undefined : jsonCopy(given);
    // What a caller hands over is data; what a task says of itself may name variables.
    refuseReservedMembers(input, { allowEnv: options.input === undefined });
    refuseSecret(new Secrets(world.host.environment), task.name, input ?? null);
    const json = functionJson(task, input);
    return { taskId: task.name, taskJson: json, taskDigest: sha256(json), input, globs: snapshot };
  }
  refuseIdleOnly(task, options.only);
  const input = inputsOf(task);
  refuseReservedMembers(input, { allowEnv: true });
  const secrets = new Secrets(world.host.environment, envNames([task.agents, task.steps]));
  for (const step of task.steps) refuseSecret(secrets, step.id, step);
  refuseSecret(secrets, task.id, task);
  const json = taskJson(task);
  const { snapshot = globsOf(task) } = options;
  return { taskId: task.id, taskJson: json, taskDigest: sha256(json), input, globs: snapshot };
}

function globsOf({ snapshot }: FunctionTask | ResolvedTask): SnapshotOption {
  return { include: [...(snapshot?.include ?? [])], exclude: [...(snapshot?.exclude ?? [])] };
}
