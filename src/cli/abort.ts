import { abort } from "../index.ts";
import { defineCommand } from "./command.ts";
import { jsonOption, placeOptions } from "./common-options.ts";
import { bold } from "./parts.ts";
import { placeOf } from "./place.ts";
import { progressText } from "./run-facts.ts";

export const command = defineCommand({
  name: "abort",
  summary: "end a run that nobody works on, for good",
  options: {
    run: { value: "ID", says: "the run", required: true },
    note: { value: "TEXT", says: "why; it is recorded" },
    ...placeOptions,
    ...jsonOption,
  },
  word: "run",
  notes: [
    "Processes that the run has left behind are ended. Nothing that steps have done is undone. A run that a process works on\nis refused (exit 5): stop that process first. With --json the document is the run state (schemas/v1/run-state).",
  ],
  examples: [`runledger abort --run run-20261121-070000-0a1b2c3d --note "wrong branch"`],
  async perform(given, output) {
    const state = await abort({ ...placeOf(given), runId: given.required("run"), note: given.text("note") });
    if (output.json) output.document(state);
    else output.line(bold(state.run_id), ` is aborted; steps done: ${progressText(state.progress)}`);
    return 0;
  },
});
