import { z } from "zod";
import {
  actionSchema,
  artifactSchema,
  correlationIdSchema,
  keySchema,
  messageIdSchema,
  pathIdSchema,
  snapshotIdSchema,
  stepRefSchema,
  timestampSchema,
} from "../protocol/fields.ts";

/** What a finished command produced. One per terminal event, and made of the ledger alone. */
export const receiptSchema = z.strictObject({
  version: z.literal(1),
  run_id: pathIdSchema,
  task_id: pathIdSchema,
  step: stepRefSchema,
  /** Ordinal of the terminal event in the run, from 1 without gaps. */
  n: z.int().positive(),
  status: z.enum(["success", "failed"]),
  attempt: z.int().positive(),
  action: actionSchema,
  idempotency_key: keySchema,
  snapshot_id: snapshotIdSchema,
  /** Absent for function calls, which have no command entry. */
  command_message_id: messageIdSchema.optional(),
  correlation_id: correlationIdSchema,
  artifacts: z.array(artifactSchema),
  /** Message ids of the command's events; the last is the terminal one. */
  events: z.array(messageIdSchema).min(1),
  /** The place of the terminal entry, and what it was chained with. */
  seq: z.int().positive(),
  entry_hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** The terminal entry's `at`. */
  created_at: timestampSchema,
});

export type Receipt = z.infer<typeof receiptSchema>;
