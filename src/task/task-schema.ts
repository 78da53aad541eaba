import { z } from "zod";
import { actionSchema, expectedOutputSchema, pathIdSchema } from "../protocol/fields.ts";
import { durationPattern, maxTimeoutMs } from "./duration.ts";
import { variableNamePattern } from "./variable-name.ts";

// A message finishes the sentence "expected …, found …"; what has none is worded in shape.ts. Rules across fields, and those
// about reserved names and paths, live in rules.ts: a JSON Schema cannot say them.

const text = z.string().min(1);
/** Hostile: the system ends a C string at NUL, so what runs would not be what was written. */
const withoutNul = z.string().regex(/^[^\u0000]*$/, "a text without NUL");
const inputName = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, "a lower-case letter, then a-z, 0-9, _ and -");
const itemPlaceholder = z.strictObject({ $item: z.literal(true) });
const inputPlaceholder = z.strictObject({ $input: inputName });
const argument = z.union(
  [withoutNul, itemPlaceholder, inputPlaceholder],
  "a text in quotes, { $item: true } or { $input: NAME }",
);
const argumentList = z.tuple([withoutNul.min(1, "the name of a program")], argument);
const commandSchema = z.union([withoutNul.regex(/\S/, "a command that is not empty"), argumentList], {
  error: "a command line in quotes, or a list of a program and its arguments",
});

const variableName = z.string().regex(variableNamePattern, "the name of a variable: letters, digits and _");
const ownVariableName = variableName.regex(/^(?!RUNLEDGER_)/, "a name that does not start with RUNLEDGER_");
const environmentSchema = z.record(
  ownVariableName,
  z.union(
    [withoutNul, z.strictObject({ $env: variableName }), itemPlaceholder, inputPlaceholder],
    "a text in quotes, { $env: NAME }, { $item: true } or { $input: NAME }",
  ),
);

const durationForms = "a time such as 500ms, 90s, 10m or 1h30m";
const durationSchema = z.string(durationForms).regex(durationPattern, durationForms);
const millisecondsSchema = z.int().min(1).max(maxTimeoutMs);

const textOrInput = z.union([text, inputPlaceholder], "a text in quotes, or { $input: NAME }");
/** Exactly one of them: a union of four would say less of what is wrong. */
const forEachSchema = z.strictObject({
  glob: z.union([textOrInput, z.array(text).min(1)], "a glob or a list of globs").optional(),
  list: z.union([z.array(z.string()), inputPlaceholder], "a list of texts, or { $input: NAME }").optional(),
  file: textOrInput.optional(),
  command: commandSchema.optional(),
});

const shortId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "1 to 64 of a-z, 0-9, _ and -, the first a letter or digit");

/** The sizes keep what is asked inside its entry: nothing of it becomes an object. */
const optionSchema = z.union(
  [
    shortId,
    z.strictObject({
      id: shortId,
      description: z
        .string()
        .regex(/^[^\u0000-\u001f\u007f]{1,200}$/, "one line of 1 to 200 characters")
        .optional(),
    }),
  ],
  "the id of an option, or { id, description }",
);
const decisionSchema = z.strictObject({
  prompt: text.max(2000, "at most 2000 characters"),
  options: z.array(optionSchema).min(2, "2 to 20 options").max(20, "2 to 20 options"),
});

const stepSchema = z.strictObject({
  id: shortId,
  needs: z.array(text).optional(),
  for_each: forEachSchema.optional(),
  max_failures: z.int().min(1).optional(),
  run: commandSchema.optional(),
  decision: decisionSchema.optional(),
  agent: text.optional(),
  action: actionSchema.optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  expected_outputs: z.array(expectedOutputSchema).optional(),
  writes: z.array(text).optional(),
  effect: z.enum(["pure", "idempotent", "once"]).optional(),
  probe: commandSchema.optional(),
  timeout: durationSchema.optional(),
  timeout_ms: millisecondsSchema.optional(),
  retry: z.strictObject({ max_attempts: z.int().min(1).max(100) }).optional(),
  env: environmentSchema.optional(),
});

const agentName = z.string().regex(/^[a-z][a-z0-9_-]{0,127}$/, "a lower-case letter, then a-z, 0-9, _ and -");
const breakerSchema = z.strictObject({
  failures: z.int().min(1).max(100).optional(),
  open: durationSchema.optional(),
  open_ms: millisecondsSchema.optional(),
});
const agentSchema = z.strictObject({
  command: argumentList,
  env: environmentSchema.optional(),
  heartbeat: durationSchema.optional(),
  heartbeat_ms: millisecondsSchema.optional(),
  restarts: z.int().min(0).max(1000).optional(),
  breaker: breakerSchema.optional(),
});

const inputSchema = z.strictObject({
  type: z.enum(["string", "integer", "number", "boolean", "list"]),
  description: text.optional(),
  required: z.boolean().optional(),
  default: z.unknown().optional(),
});

/** The task file. `timeout_ms` says the same as `timeout` and is how a resolved task has it; other times likewise. */
export const taskSchema = z.strictObject({
  version: z.literal(1),
  id: pathIdSchema,
  title: text.optional(),
  concurrency: z.int().min(1).max(1000).optional(),
  snapshot: z.strictObject({ include: z.array(text).optional(), exclude: z.array(text).optional() }).optional(),
  inputs: z.record(inputName, inputSchema).optional(),
  agents: z.record(agentName, agentSchema).optional(),
  steps: z.array(stepSchema).min(1),
});

export type TaskFile = z.infer<typeof taskSchema>;
export type TaskFileBreaker = z.infer<typeof breakerSchema>;
export type TaskFileStep = z.infer<typeof stepSchema>;
export type TaskFileInput = z.infer<typeof inputSchema>;
