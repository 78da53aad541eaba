import { z } from "zod";
import { entrySchema } from "../src/ledger/entry-schema.ts";
import { commandSchema } from "../src/protocol/command.ts";
import { eventSchema } from "../src/protocol/event.ts";
import { heartbeatSchema } from "../src/protocol/heartbeat.ts";
import { logSchema } from "../src/protocol/log.ts";
import { receiptSchema } from "../src/receipt/receipt-schema.ts";
import { runStateSchema } from "../src/runstate/state-schema.ts";
import { manifestSchema } from "../src/snapshot/manifest-schema.ts";
import { taskSchema } from "../src/task/task-schema.ts";

interface Published {
  /** Names the file: `schemas/v1/<name>.schema.json`. */
  readonly name: string;
  readonly schema: z.ZodType;
  readonly description: string;
}

/** Every schema that others may build on. */
export const published: readonly Published[] = [
  { name: "command", schema: commandSchema, description: "Asks an agent to do a step of a task." },
  { name: "event", schema: eventSchema, description: "Reports something, for instance that a command has ended." },
  { name: "heartbeat", schema: heartbeatSchema, description: "Says that an agent lives, and what it is doing." },
  { name: "log", schema: logSchema, description: "A line for people." },
  { name: "ledger-entry", schema: entrySchema, description: "One line of ledger.ndjson: a message with its place." },
  { name: "snapshot-manifest", schema: manifestSchema, description: "The files of a workspace, by content." },
  { name: "receipt", schema: receiptSchema, description: "What a finished command produced, for later checking." },
  { name: "run-state", schema: runStateSchema, description: "run.json: the state of a run, folded from its ledger." },
  { name: "task", schema: taskSchema, description: "A task file, as written or as resolved." },
];

/** The text of `schemas/v1/<name>.schema.json`: JSON Schema 2020-12 of what may be written, defaults left out or not. */
export function schemaText({ name, schema, description }: Published): string {
  const { $schema, ...rules } = z.toJSONSchema(schema, { target: "draft-2020-12", io: "input" });
  const document = {
    $schema,
    $id: `urn:runledger:schemas:v1:${name}`,
    title: `runledger ${name}`,
    description,
    ...rules,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
