import { z } from "zod";

// The fields that several messages share. Rules across fields live in code: `.refine()` is lost in a JSON Schema.

/** RFC 3339 in UTC, e.g. `2026-11-21T07:00:01.000Z`. */
export const timestampSchema = z.iso.datetime();
export const messageIdSchema = z.uuid();
export const correlationIdSchema = z.string().min(1).max(128);
export const pathIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
/** A step's id, or an item's: `<step>[<item>]`. */
export const stepRefSchema = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}(\[.+\])?$/);
export const agentTypeSchema = z.string().regex(/^[a-z][a-z0-9_-]*$/);
export const actionSchema = z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/);
/** `ik:` computed from the parts, `ck:` from a key that the caller chose. */
export const keySchema = z.string().regex(/^(ik|ck):[0-9a-f]{64}$/);
export const sha256Schema = z.string().regex(/^sha256:[0-9a-f]{64}$/);
export const snapshotIdSchema = z.string().regex(/^snap-[0-9a-f]{12}$/);
export const objectSchema = z.record(z.string(), z.unknown());

export const agentAddressSchema = z.strictObject({
  agent_type: agentTypeSchema,
  agent_id: pathIdSchema.optional(),
});

/** A file that a command produced: `path` relative to the workspace with `/`, `size` in bytes. */
export const artifactSchema = z.strictObject({
  path: z.string().min(1),
  sha256: sha256Schema,
  size: z.int().nonnegative(),
});

export const expectedOutputSchema = z.strictObject({
  path: z.string().min(1),
  description: z.string().optional(),
  required: z.boolean().default(true),
});

/** Stands for a value that is stored by its content. `size` in bytes. */
export const objectRefSchema = z.strictObject({
  $object: z.strictObject({
    sha256: sha256Schema,
    size: z.int().nonnegative(),
    media_type: z.string().min(1),
  }),
});

export type Artifact = z.infer<typeof artifactSchema>;
export type ExpectedOutput = z.infer<typeof expectedOutputSchema>;
export type ObjectRef = z.infer<typeof objectRefSchema>;
export type AgentAddress = z.infer<typeof agentAddressSchema>;
