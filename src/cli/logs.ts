import { type LogPiece, readLogs } from "../index.ts";
import { defineCommand } from "./command.ts";
import { jsonOption, placeOptions } from "./common-options.ts";
import { LogScreen } from "./log-screen.ts";
import type { Output } from "./output.ts";
import { placeOf } from "./place.ts";
import { streamDocument } from "./streamed-document.ts";

export const command = defineCommand({
  name: "logs",
  summary: "print what steps and agents have written",
  options: {
    run: { value: "ID", says: "the run", required: true },
    step: { value: "STEP", says: "only this step" },
    ...placeOptions,
    ...jsonOption,
  },
  word: "run",
  notes: [
    [
      "At a terminal, control sequences are shown and not obeyed. In a pipe or a file the bytes are as they were",
      "recorded. All that is sound is printed before what is damaged, missing or unreadable is named",
      "(exit 65, 66, 74, 77).",
    ].join("\n"),
  ],
  examples: [
    "runledger logs --run run-20261121-070000-0a1b2c3d --step build",
    "runledger logs --run run-20261121-070000-0a1b2c3d > run.log",
  ],
  async perform(given, output) {
    const runId = given.required("run");
    const pieces = readLogs({ ...placeOf(given), runId, step: given.text("step") });
    if (output.json) return streamDocument(output, runId, "logs", documents(pieces));
    if (output.isTerminal) await new LogScreen(output).show(pieces);
    else await copyBytes(output, pieces);
    return 0;
  },
});

async function copyBytes(output: Output, pieces: Iterable<LogPiece>): Promise<void> {
  for (const { bytes } of pieces) {
    if (output.unread) return;
    await output.bytes(bytes);
  }
}

function* documents(pieces: Iterable<LogPiece>): Generator<Record<string, unknown>> {
  for (const piece of pieces) yield documentOf(piece);
}

function documentOf({ bytes, ...facts }: LogPiece): Record<string, unknown> {
  try {
    return { ...facts, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { ...facts, base64: Buffer.from(bytes).toString("base64") };
  }
}
