import {
  listRuns,
  type PlaceOptions,
  type RunSummary,
  type RunView,
  readRun,
  storeDirectory,
  systemClock,
} from "../index.ts";
import { defineCommand } from "./command.ts";
import { jsonOption, placeOptions } from "./common-options.ts";
import type { Output } from "./output.ts";
import { dim, type Part } from "./parts.ts";
import { placeOf } from "./place.ts";
import { printOverview, progressText, runFacts, standing, viewDocument } from "./run-facts.ts";
import { printTable } from "./table.ts";
import { durationText } from "./times.ts";

export const command = defineCommand({
  name: "status",
  summary: "list all runs, or the steps of one",
  options: {
    run: { value: "ID", says: "one run", otherwise: "all" },
    ...placeOptions,
    ...jsonOption,
  },
  word: "run",
  notes: [
    "Nothing is written. Whether a process works on a run is a hint; hashes are not checked: see `runledger verify`.",
  ],
  examples: ["runledger status", "runledger status --run run-20261121-070000-0a1b2c3d"],
  perform(given, output) {
    const runId = given.text("run");
    const place = placeOf(given);
    if (runId === undefined) printRuns(output, place);
    else printRun(output, readRun({ ...place, runId }));
    return 0;
  },
});

function printRun(output: Output, view: RunView): void {
  if (output.json) output.document(viewDocument(view));
  else printOverview(output, view, runFacts(view));
}

function printRuns(output: Output, place: PlaceOptions): void {
  const runs = listRuns(place);
  if (output.json) output.document({ version: 1, runs });
  else if (runs.length === 0) output.line(dim(`no runs in ${storeDirectory(place).directory}`));
  else printTable(output, ["run", "task", "status", "steps done", "last entry", ""], runs.map(row));
}

function row({ run_id: runId, task_id: taskId, status, alive, progress, updated_at: at, note }: RunSummary): Part[] {
  const age = at === undefined ? "" : `${durationText(systemClock.now() - Date.parse(at))} ago`;
  const done = progress === undefined ? "" : progressText(progress);
  return [runId, taskId ?? "", standing(status, alive), done, age, dim(note ?? "")];
}
