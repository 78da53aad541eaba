import { z } from "zod";
import { objectSchema, timestampSchema } from "./fields.ts";

/** A line for people. */
export const logSchema = z.strictObject({
  kind: z.literal("log"),
  level: z.enum(["info", "warn", "error"]),
  message: z.string(),
  fields: objectSchema.optional(),
  timestamp: timestampSchema,
});

export type Log = z.infer<typeof logSchema>;
