import { type LogPiece, readLogs } from "../index.ts";
import { defineCommand } from "./command.ts";
import { jsonOption, placeOptions } from "./common-options.ts";
import { LogScreen } from "./log-screen.ts";
import type { Output } from "./output.ts";
import { placeOf } from "./place.ts";

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
    "At a terminal, control sequences are shown and not obeyed. In a pipe or a file the bytes are as they were recorded.",
  ],
  examples: [
    "runledger logs --run run-20261121-070000-0a1b2c3d --step build",
    "runledger logs --run run-20261121-070000-0a1b2c3d > run.log",
  ],
  async perform(given, output) {
    const pieces = readLogs({ ...placeOf(given), runId: given.required("run"), step: given.text("step") });
    if (output.json) await printDocument(output, given.required("run"), pieces);
    else if (output.isTerminal) await new LogScreen(output).show(pieces);
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

/** Written bit by bit: what was printed may be larger than memory. */
async function printDocument(output: Output, runId: string, pieces: Iterable<LogPiece>): Promise<void> {
  // What cannot be read at all is refused before the document has begun.
  const rest = pieces[Symbol.iterator]();
  let next = rest.next();
  await output.documentPiece(`{"version":1,"run_id":${JSON.stringify(runId)},"logs":[`);
  for (let separator = "\n"; next.done !== true && !output.unread; next = rest.next(), separator = ",\n") {
    await output.documentPiece(separator + JSON.stringify(documentOf(next.value)));
  }
  await output.documentPiece("\n]}\n");
}

function documentOf({ bytes, ...facts }: LogPiece): Record<string, unknown> {
  try {
    return { ...facts, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { ...facts, base64: Buffer.from(bytes).toString("base64") };
  }
}
