import { decide } from "../index.ts";
import { defineCommand } from "./command.ts";
import { jsonOption, placeOptions } from "./common-options.ts";
import { bold, dim } from "./parts.ts";
import { nextCommand, placeOf } from "./place.ts";

export const command = defineCommand({
  name: "decide",
  summary: "answer a decision, or say what is to become of a step in doubt",
  options: {
    run: { value: "ID", says: "the run", required: true },
    step: { value: "STEP", says: "the step, by its id or its key", required: true },
    choose: {
      value: "CHOICE",
      says: "one of the options of the decision; for a step in doubt done, retry, skip or fail",
      required: true,
    },
    result: { value: "JSON", says: "the result of a step in doubt that is done", otherwise: "null" },
    note: { value: "TEXT", says: "why; it is recorded" },
    ...placeOptions,
    ...jsonOption,
  },
  word: "run",
  notes: [
    "The choice is recorded and nothing else is done: `runledger resume` acts on it, and never asks again.\nThe same choice a second time changes nothing; another one is refused. A run that a process works on is refused (exit 5).\nWith --json the document is the run state (schemas/v1/run-state).",
  ],
  examples: [
    `runledger decide --run run-20261121-070000-0a1b2c3d --step approve --choose ship --note "looks good"`,
    `runledger decide --run run-20261121-070000-0a1b2c3d --step publish --choose done --result '{"url":"https://…"}'`,
  ],
  async perform(given, output) {
    const place = placeOf(given);
    const runId = given.required("run");
    const step = given.required("step");
    const choice = given.required("choose");
    const result = given.has("result") ? given.json("result") : undefined;
    const { state, isNew } = await decide({ ...place, runId, step, choice, result, note: given.text("note") });
    if (output.json) output.document(state);
    output.line(bold(step), isNew ? ` is decided: ${choice}` : ` was decided so before: ${choice}`);
    output.line(dim("Next: "), nextCommand(given, "resume", "--run", runId));
    return 0;
  },
});
