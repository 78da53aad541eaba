import { z } from "zod";
import { actionSchema } from "../protocol/fields.ts";

// A message finishes the sentence "expected …, found …", as in a task file.

/** What a mock agent can do wrong. Those in the second list give no valid answer; after the others the response goes on. */
export const harmlessFailures = ["garbage_line", "oversize_line", "duplicate_terminal"] as const;
export const fatalFailures = [
  "exit",
  "kill",
  "hang",
  "no_answer",
  "unfinished_line",
  "wrong_snapshot",
  "wrong_correlation",
  "wrong_agent",
] as const;

const delayMs = z.int().min(0).max(86_400_000);
const eventName = z.string().regex(/^[a-z][a-z0-9_.-]{0,127}$/, "the name of an event, such as review.completed");
const payload = z.record(z.string(), z.unknown());

const eventSchema = z.strictObject({
  event: eventName,
  delay_ms: delayMs.optional(),
  status: z.string().min(1).max(64).optional(),
  payload: payload.optional(),
});

const errorSchema = z.strictObject({
  code: z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, "a code, such as NO_MONEY"),
  message: z.string().min(1),
  retry_at: z.iso.datetime("a time in UTC, such as 2026-11-21T07:00:00.000Z").optional(),
});

const responseSchema = z.strictObject({
  delay_ms: delayMs.optional(),
  write: z.record(z.string(), z.string()).optional(),
  events: z.array(eventSchema).optional(),
  error: errorSchema.optional(),
  failure: z.enum([...harmlessFailures, ...fatalFailures]).optional(),
  exit_status: z.int().min(0).max(255).optional(),
});

/** Says of each action how the mock agent responds to it: one response to all commands, or a list, one after the other. */
export const scriptSchema = z.strictObject({
  version: z.literal(1),
  actions: z.record(
    actionSchema,
    z.union([responseSchema, z.array(responseSchema).min(1)], "a response, or a list of responses"),
  ),
});

export type Script = z.infer<typeof scriptSchema>;
export type Response = z.infer<typeof responseSchema>;
export type ScriptEvent = z.infer<typeof eventSchema>;
