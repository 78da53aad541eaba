import { z } from "zod";
import { commandSchema } from "../protocol/command.ts";
import { eventSchema } from "../protocol/event.ts";
import {
  actionSchema,
  artifactSchema,
  keySchema,
  objectRefSchema,
  objectSchema,
  stepRefSchema,
  timestampSchema,
} from "../protocol/fields.ts";
import { heartbeatSchema } from "../protocol/heartbeat.ts";
import { logSchema } from "../protocol/log.ts";
import type { LedgerEntry } from "./entry.ts";

const place = {
  seq: z.int().positive(),
  at: timestampSchema,
  durable: z.int().nonnegative(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
};

const callCommandSchema = z.strictObject({
  action: actionSchema,
  idempotency_key: keySchema,
  inputs: objectSchema,
  step: stepRefSchema,
});

/** One line of a ledger: a message with its place. The annotation holds it to the types of `entry.ts`. */
export const entrySchema: z.ZodType<LedgerEntry> = z.discriminatedUnion("kind", [
  commandSchema.extend(place),
  eventSchema.extend({
    ...place,
    artifacts: z.union([z.array(artifactSchema), objectRefSchema]).optional(),
    step: stepRefSchema.optional(),
    attempt: z.int().positive().optional(),
    command: callCommandSchema.optional(),
  }),
  heartbeatSchema.omit({ seq: true }).extend({ ...place, heartbeat_seq: z.int().nonnegative() }),
  logSchema.extend(place),
]);
