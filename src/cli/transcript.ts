import { readTranscript, type TranscriptItem } from "../index.ts";
import { defineCommand } from "./command.ts";
import { jsonOption, placeOptions } from "./common-options.ts";
import type { Output } from "./output.ts";
import { placeOf } from "./place.ts";
import { streamDocument } from "./streamed-document.ts";
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
    [
      "It is made of the ledger alone, with the time since the start. Control sequences are shown and not obeyed, also",
      "in a pipe. All that is sound is printed before what is damaged, missing or unreadable is named",
      "(exit 65, 66, 74, 77). Nothing is written.",
    ].join("\n"),
  ],
  examples: [
    "runledger transcript --run run-20261121-070000-0a1b2c3d",
    "runledger transcript --run run-20261121-070000-0a1b2c3d --step build --ndjson",
  ],
  async perform(given, output) {
    const runId = given.required("run");
    if (output.json && given.has("ndjson")) throw usageError("--json and --ndjson exclude each other", given.command);
    const items = readTranscript({ ...placeOf(given), runId, step: given.text("step") });
    if (output.json) return streamDocument(output, runId, "items", items);
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
