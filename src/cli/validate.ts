import { type FlowTask, loadTask, type ResolvedTask, taskDigest, unwrittenEffects } from "../index.ts";
import { defineCommand } from "./command.ts";
import { jsonOption, placeOptions } from "./common-options.ts";
import type { Output } from "./output.ts";
import { bold, green, yellow } from "./parts.ts";
import { printFacts } from "./table.ts";

export const command = defineCommand({
  name: "validate",
  summary: "check a task file without running it",
  options: {
    task: { value: "TASK", says: "a task file, or the id of one in the folder tasks", required: true },
    workspace: placeOptions.workspace,
    ...jsonOption,
  },
  word: "task",
  notes: ["Problems are printed as file:line: field: what is wrong; exit status 2."],
  examples: ["runledger validate --task tasks/release.yaml", "runledger validate --task release --json"],
  async perform(given, output) {
    const task = await loadTask(given.required("task"), { workspace: given.text("workspace") });
    if ("kind" in task) showFlow(output, task);
    else showSteps(output, task);
    return 0;
  },
});

function showFlow(output: Output, { input: { task, flow, max_rounds: rounds, agents } }: FlowTask): void {
  const names = Object.keys(agents);
  if (output.json) {
    output.document({ version: 1, task_id: task, flow, max_rounds: rounds, agents: names });
    return;
  }
  output.line(green("✓ "), bold(task));
  printFacts(output, { flow: `${flow}, at most ${rounds} rounds`, agents: names.join(", ") });
}

function showSteps(output: Output, task: ResolvedTask): void {
  const unwritten = unwrittenEffects(task);
  const steps = task.steps.map(({ id }) => id);
  const digest = taskDigest(task);
  if (output.json) {
    output.document({
      version: 1,
      task_id: task.id,
      task_digest: digest,
      inputs: task.inputs ?? {},
      steps,
      unwritten_effects: unwritten,
    });
    return;
  }
  output.line(green("✓ "), bold(task.id), task.title === undefined ? "" : `  ${task.title}`);
  printFacts(output, {
    inputs: inputsText(task),
    steps: steps.join(", "),
    agents: Object.keys(task.agents).join(", ") || "none",
    concurrency: String(task.concurrency),
    digest,
  });
  if (unwritten.length > 0) output.line(yellow(`effect not written, taken as idempotent: ${unwritten.join(", ")}`));
}

function inputsText({ inputs = {} }: ResolvedTask): string | undefined {
  const shown = Object.entries(inputs).map(([name, input]) => {
    return `${name} (${input.type}${input.default === undefined ? ", required" : ""})`;
  });
  return shown.length === 0 ? undefined : shown.join(", ");
}
