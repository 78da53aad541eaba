import { z } from "zod";
import {
  actionSchema,
  agentTypeSchema,
  artifactSchema,
  correlationIdSchema,
  keySchema,
  messageIdSchema,
  objectRefSchema,
  pathIdSchema,
  sha256Schema,
  snapshotIdSchema,
  stepRefSchema,
  timestampSchema,
} from "../protocol/fields.ts";

/** Where the items of a `for_each` step stand. */
const batchSchema = z.strictObject({
  total: z.int().nonnegative(),
  /** Not started yet. */
  queued: z.int().nonnegative(),
  running: z.int().nonnegative(),
  in_doubt: z.int().nonnegative(),
  completed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  skipped: z.int().nonnegative(),
  /** Running or in doubt: the first 100. */
  current: z.array(z.string()),
  /** The first 100. */
  failures: z.array(
    z.strictObject({
      item: z.string(),
      attempts: z.int().nonnegative(),
      receipt: z.int().positive().optional(),
      code: z.string(),
      message: z.string(),
    }),
  ),
});

const stepSchema = z.strictObject({
  step: stepRefSchema,
  status: z.enum(["pending", "running", "in_doubt", "completed", "failed", "blocked", "skipped"]),
  action: actionSchema.optional(),
  key: keySchema.optional(),
  correlation_id: correlationIdSchema.optional(),
  /** How often it was sent, over all processes. */
  attempts: z.int().nonnegative(),
  /** Whether this process did it, or an earlier one had. */
  outcome: z.enum(["performed", "reused"]).optional(),
  /** Number of its receipt. */
  receipt: z.int().positive().optional(),
  terminal: z
    .strictObject({
      event: z.string(),
      status: z.enum(["success", "failed"]),
      message_id: messageIdSchema,
      seq: z.int().positive(),
      at: timestampSchema,
    })
    .optional(),
  artifacts: z.union([z.array(artifactSchema), objectRefSchema]).optional(),
  error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
  /** Of a decision: what is asked. Without `decided`, nobody has answered. */
  decision: z
    .strictObject({
      prompt: z.string(),
      options: z.array(z.strictObject({ id: z.string(), description: z.string().optional() })),
    })
    .optional(),
  /** What somebody chose: the answer to a decision, or what is to become of what was in doubt. */
  decided: z.strictObject({ choice: z.string(), note: z.string().optional() }).optional(),
  blocked_by: z.array(stepRefSchema).optional(),
  started_at: timestampSchema.optional(),
  batch: batchSchema.optional(),
});

/** `run.json`, and what `run --json` and `resume --json` print: the run state for people and tools. */
export const runStateSchema = z.strictObject({
  version: z.literal(1),
  run_id: pathIdSchema,
  task_id: pathIdSchema,
  task_digest: sha256Schema,
  snapshot_id: snapshotIdSchema,
  snapshot_digest: sha256Schema,
  workspace: z.string(),
  status: z.enum(["running", "paused", "completed", "failed", "aborted"]),
  reason: z.string().optional(),
  error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
  /** What it waits for, with nothing else to do. */
  waiting: z
    .strictObject({ until: timestampSchema, reason: z.enum(["circuit_open", "rate_limited"]), agent: agentTypeSchema })
    .optional(),
  started_at: timestampSchema,
  updated_at: timestampSchema,
  ended_at: timestampSchema.optional(),
  /** The process that wrote this. */
  pid: z.int().positive(),
  /** How many processes have worked on the run. */
  sessions: z.int().positive(),
  head: z.strictObject({ seq: z.int().positive(), hash: z.string().regex(/^[0-9a-f]{64}$/) }),
  last_message_id: messageIdSchema,
  terminal_events: z.int().nonnegative(),
  progress: z.strictObject({
    total: z.int().nonnegative(),
    pending: z.int().nonnegative(),
    running: z.int().nonnegative(),
    in_doubt: z.int().nonnegative(),
    completed: z.int().nonnegative(),
    failed: z.int().nonnegative(),
    blocked: z.int().nonnegative(),
    skipped: z.int().nonnegative(),
  }),
  steps: z.array(stepSchema),
});

export type RunStateDocument = z.infer<typeof runStateSchema>;
export type StepDocument = z.infer<typeof stepSchema>;
export type BatchDocument = z.infer<typeof batchSchema>;
