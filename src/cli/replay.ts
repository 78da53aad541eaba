import { readRun } from "../index.ts";
import { defineCommand } from "./command.ts";
import { jsonOption, placeOptions } from "./common-options.ts";
import { placeOf } from "./place.ts";
import { headText, printOverview, runFacts } from "./run-facts.ts";
import { statusPart } from "./step-table.ts";

export const command = defineCommand({
  name: "replay",
  summary: "fold a ledger, its chain checked, and print the run state after an entry",
  options: {
    run: { value: "ID", says: "the run", required: true },
    at: { value: "SEQ", says: "the entry, from 1 on", otherwise: "the last one" },
    ...placeOptions,
    ...jsonOption,
  },
  word: "run",
  notes: ["Nothing is written. With --json the document is the run state (schemas/v1/run-state)."],
  examples: [
    "runledger replay --run run-20261121-070000-0a1b2c3d",
    "runledger replay --run run-20261121-070000-0a1b2c3d --at 12 --json",
  ],
  perform(given, output) {
    const at = given.wholeNumber("at", 1, Number.MAX_SAFE_INTEGER);
    const view = readRun({ ...placeOf(given), runId: given.required("run"), at, checkChain: true });
    const { state } = view;
    if (output.json) output.document(state);
    else
      printOverview(output, view, { ...runFacts(view), status: statusPart(state.status), head: headText(state.head) });
    return 0;
  },
});
