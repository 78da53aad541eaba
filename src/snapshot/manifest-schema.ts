import { z } from "zod";
import { sha256Schema, snapshotIdSchema, timestampSchema } from "../protocol/fields.ts";

const countSchema = z.int().nonnegative();

const manifestFileSchema = z.strictObject({
  mode: z.enum(["100644", "100755", "120000"]),
  path: z.string().min(1),
  sha256: sha256Schema,
  size: countSchema,
});

/** `snapshots/<snapshot_id>.manifest.json`. */
export const manifestSchema = z.strictObject({
  version: z.literal(1),
  snapshot_id: snapshotIdSchema,
  digest: sha256Schema,
  created_at: timestampSchema,
  root: z.literal("./"),
  rules: z.strictObject({
    include: z.array(z.string()),
    exclude: z.array(z.string()),
    ignore_files: z.array(z.string()),
    left_out: z.strictObject({
      always: countSchema,
      ignored: countSchema,
      excluded: countSchema,
      not_included: countSchema,
      special: countSchema,
    }),
  }),
  files: z.array(manifestFileSchema),
});
