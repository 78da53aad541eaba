import { z } from "zod";
import {
  agentAddressSchema,
  artifactSchema,
  correlationIdSchema,
  messageIdSchema,
  objectSchema,
  pathIdSchema,
  timestampSchema,
} from "./fields.ts";

/** Reports something. Which events end their command: see `event-names.ts`. */
export const eventSchema = z.strictObject({
  kind: z.literal("event"),
  message_id: messageIdSchema,
  correlation_id: correlationIdSchema,
  task_id: pathIdSchema,
  from: agentAddressSchema,
  event: z.string().regex(/^[a-z][a-z0-9_.-]{0,127}$/),
  status: z.string().min(1).max(64).optional(),
  payload: objectSchema,
  artifacts: z.array(artifactSchema).optional(),
  observed_version: z.strictObject({ snapshot_id: z.string().optional() }).catchall(z.unknown()).optional(),
  occurred_at: timestampSchema,
});

export type Event = z.infer<typeof eventSchema>;
