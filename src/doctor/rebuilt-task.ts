import { sha256 } from "../idempotency/digest.ts";
import { peekLedger } from "../ledger/peek.ts";
import { functionJson } from "../run/function/function-record.ts";
import { objectsOf, RecordedValues } from "../run/read/recorded-values.ts";
import { bindInputs } from "../task/inputs.ts";
import { loadTask } from "../task/load.ts";
import { parseTask } from "../task/parse.ts";
import { taskJson } from "../task/task-json.ts";
import type { ExaminedRun } from "./examined-run.ts";

/**
 * The content of the run's `task.json`, made anew: from the task file of the workspace, or for a function from its name
 * and recorded input. Undefined if none of them has the digest that the ledger names.
 */
export function rebuiltTask(examined: ExaminedRun): string | undefined {
  const digest = examined.examination.state?.taskDigest;
  for (const source of [functionSource, fileSource]) {
    const json = quietly(() => source(examined));
    if (json !== undefined && sha256(json) === digest) return json;
  }
  return undefined;
}

/** A function with a version is not found again: the ledger does not name it. */
function functionSource(examined: ExaminedRun): string | undefined {
  const first = peekLedger(examined.world.disk, examined.run.ledger)?.first;
  if (first === undefined) return undefined;
  return functionJson({ name: first.task_id, version: undefined }, recordedInput(examined));
}

/** The task as it stands in the workspace, with the inputs that the run was started with. */
function fileSource(examined: ExaminedRun): string | undefined {
  const { world, examination } = examined;
  const { taskId = "", workspace = "" } = examination.state ?? {};
  const named = { disk: world.disk, workspace, cwd: workspace, reference: taskId };
  const { task } = loadTask(named, parseTask, ({ id }) => id);
  return taskJson(bindInputs(task, (recordedInput(examined) ?? {}) as Record<string, unknown>));
}

function recordedInput(examined: ExaminedRun): unknown {
  const first = peekLedger(examined.world.disk, examined.run.ledger)?.first;
  return new RecordedValues(objectsOf(examined)).value(first?.payload["input"]);
}

/** A source that is not there or is refused is none. */
function quietly(source: () => string | undefined): string | undefined {
  try {
    return source();
  } catch {
    return undefined;
  }
}
