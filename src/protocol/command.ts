import { z } from "zod";
import {
  actionSchema,
  agentAddressSchema,
  correlationIdSchema,
  expectedOutputSchema,
  keySchema,
  messageIdSchema,
  objectSchema,
  pathIdSchema,
  snapshotIdSchema,
  stepRefSchema,
  timestampSchema,
} from "./fields.ts";

/** Asks an agent to do a step. `correlation_id` is the same on every attempt, `message_id` is new each time. */
export const commandSchema = z.strictObject({
  kind: z.literal("command"),
  message_id: messageIdSchema,
  correlation_id: correlationIdSchema,
  task_id: pathIdSchema,
  step: stepRefSchema,
  idempotency_key: keySchema,
  to: agentAddressSchema,
  action: actionSchema,
  inputs: objectSchema,
  expected_outputs: z.array(expectedOutputSchema),
  version: z.strictObject({
    snapshot_id: snapshotIdSchema,
    specs_hash: z.string().optional(),
    code_hash: z.string().optional(),
  }),
  deadline: timestampSchema.optional(),
  retry: z.strictObject({ attempt: z.int().positive(), max_attempts: z.int().positive() }),
  priority: z.int().optional(),
});

export type Command = z.infer<typeof commandSchema>;
