import { type PlaceOptions, type RunView, readRun, type StepView, showStep } from "../index.ts";
import { defineCommand } from "./command.ts";
import { jsonOption, placeOptions } from "./common-options.ts";
import type { Output } from "./output.ts";
import { bold, dim } from "./parts.ts";
import { placeOf } from "./place.ts";
import { headText, printNotes, printOverview, runFacts, viewDocument } from "./run-facts.ts";
import { batchText, printArtifacts, printItems, statusPart } from "./step-table.ts";
import { printFacts, printTable } from "./table.ts";
import { countText } from "./times.ts";

export const command = defineCommand({
  name: "show",
  summary: "show all that is known of a run, or of one step",
  options: {
    run: { value: "ID", says: "the run", required: true },
    step: { value: "STEP", says: "one step, by its id or its key: key parts, attempts, result, artifacts, receipt" },
    ...placeOptions,
    ...jsonOption,
  },
  word: "run",
  notes: ["Nothing is written. `runledger key` makes the same key of the parts that are shown."],
  examples: [
    "runledger show --run run-20261121-070000-0a1b2c3d",
    "runledger show --run run-20261121-070000-0a1b2c3d --step build",
  ],
  perform(given, output) {
    const runId = given.required("run");
    const step = given.text("step");
    const place = placeOf(given);
    if (step === undefined) showRun(output, place, runId);
    else {
      const view = showStep({ ...place, runId, step });
      if (output.json) output.document(view);
      else printStep(output, view);
    }
    return 0;
  },
});

function showRun(output: Output, place: PlaceOptions, runId: string): void {
  const view = readRun({ ...place, runId, checkChain: true });
  if (output.json) output.document(viewDocument(view));
  else printRun(output, view);
}

function printRun(output: Output, view: RunView): void {
  const { state } = view;
  printOverview(output, view, {
    ...runFacts(view),
    ended: state.ended_at,
    processes: String(state.sessions),
    "task digest": state.task_digest,
    snapshot: `${state.snapshot_id}  ${state.snapshot_digest}`,
    head: headText(state.head),
  });
  printReceipts(output, view);
}

function printReceipts(output: Output, { state }: RunView): void {
  const ended = state.steps.filter(({ receipt }) => receipt !== undefined);
  for (const { step, receipt, terminal, artifacts } of ended) {
    output.line("");
    output.line("receipt ", bold(String(receipt)), `  ${step}  `, dim(`${terminal?.event}, ${terminal?.status}`));
    printArtifacts(output, artifacts);
  }
}

function printStep(output: Output, view: StepView): void {
  const { step, receipt } = view;
  printFacts(output, {
    step: bold(step.step),
    status: statusPart(step.status),
    error: step.error && `${step.error.code}: ${step.error.message}`,
    outcome: step.outcome,
    key: step.key,
    correlation: step.correlation_id,
    receipt: receipt && `${receipt.n}  ${receipt.file}`,
    items: step.batch && batchText(step.batch),
  });
  printItems(output, step);
  printNotes(output, view.notes);
  printKeyParts(output, view.key_parts);
  printAttempts(output, view.attempts);
  printResult(output, view);
}

/** As `runledger key` takes them. */
function printKeyParts(output: Output, parts: StepView["key_parts"]): void {
  if (parts === undefined) return;
  const { action, task_id: task, snapshot_id: snapshot, inputs, expected_outputs: outputs } = parts;
  output.line("");
  output.line(bold("key parts"));
  const json = { inputs: JSON.stringify(inputs), outputs: JSON.stringify(outputs) };
  printFacts(output, { action, task, snapshot, ...json });
}

function printResult(output: Output, { payload, artifacts }: StepView): void {
  if (payload === undefined) return;
  output.line("");
  output.line(bold("payload of its terminal event"));
  output.lines(JSON.stringify(payload, null, 2), "  ");
  if (artifacts === undefined || artifacts.length === 0) return;
  output.line("");
  output.line(bold("artifacts"));
  printArtifacts(output, artifacts);
}

function printAttempts(output: Output, attempts: StepView["attempts"]): void {
  if (attempts.length === 0) return;
  output.line("");
  const rows = attempts.map(({ attempt, seq, at, outcome, error, settled_by: settledBy }) => [
    String(attempt),
    countText(seq),
    at,
    statusPart(outcome),
    dim(
      [error && `${error.code}: ${error.message}`, settledBy && `settled by ${settledBy}`].filter(Boolean).join("; "),
    ),
  ]);
  printTable(output, ["attempt", "entry", "at", "outcome", ""], rows);
}
