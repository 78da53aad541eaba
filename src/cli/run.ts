import { type FlowTask, loadInputs, loadTask, planRun, type ResolvedTask, run } from "../index.ts";
import { chooseRun } from "./choose-run.ts";
import { defineCommand } from "./command.ts";
import { driveOptions, jsonOption, placeOptions } from "./common-options.ts";
import { drive, numbersOf } from "./drive.ts";
import type { Given } from "./given.ts";
import { placeOf } from "./place.ts";
import { showPlan } from "./plan-view.ts";
import { usageError } from "./usage-error.ts";

export const command = defineCommand({
  name: "run",
  summary: "run a task file; an unfinished run of the same task is resumed",
  options: {
    task: { value: "TASK", says: "a task file, or the id of one in the folder tasks", required: true },
    input: { value: "NAME=VALUE", says: "an input of the task; a list gets one text from each", repeatable: true },
    "input-file": { value: "FILE", says: "inputs of the task, as YAML or JSON; --input wins", repeatable: true },
    ...placeOptions,
    ...driveOptions,
    "no-resume": { says: "start a new run, also if an unfinished one is there" },
    ...jsonOption,
  },
  word: "task",
  notes: [
    "The first signal (Ctrl-C) pauses the run: running steps may end by themselves within the grace period, then they are ended.\nA second one ends them now.\nWith --json the document is the final run state (schemas/v1/run-state).",
  ],
  examples: [
    "runledger run --task tasks/release.yaml",
    "runledger run --task release --concurrency 4",
    "runledger run --task translate --input language=de --only 'docs/*.md'",
    "runledger run --task release --dry-run",
    "runledger run --task release --json --no-input",
  ],
  async perform(given, output) {
    const place = placeOf(given);
    const task = await loadTask(given.required("task"), place);
    const noResume = given.has("no-resume");
    const input = await inputOf(task, given);
    const only = given.text("only");
    numbersOf(given);
    if (given.has("dry-run")) return showPlan(output, await planRun(task, { ...place, noResume, input, only }));
    return drive(given, output, (options, questions) =>
      run(task, {
        ...options,
        noResume,
        input,
        choose: questions && ((matches) => chooseRun(output, questions, place, matches)),
      }),
    );
  },
});

async function inputOf(task: ResolvedTask | FlowTask, given: Given<"input" | "input-file">) {
  const [files, texts] = [given.texts("input-file"), given.texts("input")];
  if (!("kind" in task)) return loadInputs(task, { files, texts });
  if (files.length + texts.length === 0) return undefined;
  throw usageError("a task with a flow takes no inputs: what its agents are told is its brief", given.command);
}
