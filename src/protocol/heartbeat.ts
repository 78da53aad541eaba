import { z } from "zod";
import { agentTypeSchema, pathIdSchema, timestampSchema } from "./fields.ts";

/** Says that an agent lives. `seq` counts the agent's own heartbeats; times in seconds, sizes in bytes. */
export const heartbeatSchema = z.strictObject({
  kind: z.literal("heartbeat"),
  agent: z.strictObject({ agent_type: agentTypeSchema, agent_id: pathIdSchema }),
  seq: z.int().nonnegative(),
  status: z.enum(["starting", "ready", "busy", "stopping", "backoff"]),
  pid: z.int().positive(),
  ppid: z.int().nonnegative().optional(),
  uptime_s: z.number().nonnegative(),
  last_activity_at: timestampSchema,
  stats: z
    .strictObject({ cpu_pct: z.number().nonnegative().optional(), rss_bytes: z.int().nonnegative().optional() })
    .optional(),
  task_id: pathIdSchema.optional(),
});

export type Heartbeat = z.infer<typeof heartbeatSchema>;
