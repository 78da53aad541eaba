import { readTranscript, type TranscriptItem } from "../index.ts";
import { defineCommand } from "./command.ts";
import { jsonOption, placeOptions } from "./common-options.ts";
import type { Output } from "./output.ts";
import { placeOf } from "./place.ts";
import { errorFacts, sayError } from "./report-error.ts";
import { TranscriptScreen } from "./transcript-screen.ts";
import { usageError } from "./usage-error.ts";

export const command = defineCommand({
  name: "transcript",
  summary: "print a run as it was seen: commands, events, output, logs, decisions, waits",
  options: {
    run: { value: "ID", says: "the run", required: true },
    step: { value: "STEP", says: "only this step" },
    ndjson: { says: "print one JSON document a line, one for each thing that happened" },
    ...placeOptions,
    ...jsonOption,
  },
  word: "run",
  notes: [
    "It is made of the ledger alone, with the time since the start. Control sequences are shown and not obeyed, also in a pipe.\nOf a damaged ledger all that is sound is printed before the refusal (exit 65). Nothing is written.",
  ],
  examples: [
    "runledger transcript --run run-20261121-070000-0a1b2c3d",
    "runledger transcript --run run-20261121-070000-0a1b2c3d --step build --ndjson",
  ],
  async perform(given, output) {
    const runId = given.required("run");
    if (output.json && given.has("ndjson")) throw usageError("--json and --ndjson exclude each other", given.command);
    const items = readTranscript({ ...placeOf(given), runId, step: given.text("step") });
    if (output.json) return printDocument(output, runId, items);
    if (given.has("ndjson")) await printLines(output, items);
    else await new TranscriptScreen(output).show(items);
    return 0;
  },
});

async function printLines(output: Output, items: Iterable<TranscriptItem>): Promise<void> {
  for (const item of items) {
    if (output.unread) return;
    await output.documentPiece(`${JSON.stringify(item)}\n`);
  }
}

/** Written bit by bit. What goes wrong midway is said inside the one document, behind what was sound. */
async function printDocument(output: Output, runId: string, items: Iterable<TranscriptItem>): Promise<number> {
  // What cannot be read at all is refused before the document has begun.
  const rest = items[Symbol.iterator]();
  let next = rest.next();
  await output.documentPiece(`{"version":1,"run_id":${JSON.stringify(runId)},"items":[`);
  try {
    for (let separator = "\n"; next.done !== true && !output.unread; next = rest.next(), separator = ",\n") {
      await output.documentPiece(separator + JSON.stringify(next.value));
    }
  } catch (error) {
    await output.documentPiece(`\n],"error":${JSON.stringify(errorFacts(error))}}\n`);
    return sayError(output, error);
  }
  await output.documentPiece("\n]}\n");
  return 0;
}
