import { invariant } from "../errors.ts";
import type { EventEntry, LedgerEntry } from "../ledger/entry.ts";
import { systemAgent } from "../protocol/event-names.ts";
import { evolveExited, evolveStarted } from "./agents.ts";
import { evolveExpanded } from "./batch.ts";
import type { RunState, WaitReason } from "./state.ts";

/** The state after entry 1, which is always `run.started`. */
export function initialState(entry: LedgerEntry): RunState {
  invariant(entry.kind === "event" && entry.event === "run.started", "entry 1 is run.started");
  const text = (name: string) => String(entry.payload[name]);
  return {
    runId: text("run_id"),
    taskId: text("task_id"),
    taskDigest: text("task_digest"),
    snapshotId: text("snapshot_id"),
    snapshotDigest: text("snapshot_digest"),
    workspace: text("workspace"),
    input: entry.payload["input"],
    startedAt: entry.at,
    status: "running",
    reason: undefined,
    error: undefined,
    output: undefined,
    updatedAt: entry.at,
    endedAt: undefined,
    head: { seq: entry.seq, hash: entry.hash },
    sessionSeq: entry.seq,
    sessions: 1,
    lastMessageId: entry.message_id,
    commands: new Map(),
    keyOfCorrelation: new Map(),
    keyOfStep: new Map(),
    batches: new Map(),
    blocked: new Map(),
    terminalEvents: 0,
    agents: new Map(),
    waiting: undefined,
    acceptedDrift: new Map(),
  };
}

/** What an event means for the run as a whole. Only `system` speaks for the run. */
export function evolveRunLevel(state: RunState, entry: EventEntry): void {
  if (entry.from.agent_type !== systemAgent) return;
  const { payload } = entry;
  switch (entry.event) {
    case "run.resumed":
      state.sessionSeq = entry.seq;
      state.sessions += 1;
      state.blocked.clear();
      move(state, "running", entry);
      break;
    case "run.paused":
    case "run.completed":
    case "run.failed":
    case "run.aborted":
      move(state, statusOf[entry.event], entry);
      break;
    case "run.waiting":
      state.waiting = waitingOf(payload);
      break;
    case "agent.started":
      evolveStarted(state, entry);
      break;
    case "agent.exited":
      evolveExited(state, entry);
      break;
    case "step.expanded":
      evolveExpanded(state, entry);
      break;
    case "step.blocked":
      state.blocked.set(entry.step ?? "", payload["by"] as string[]);
      break;
    case "drift.found":
      acceptDrift(state, payload["paths"]);
      break;
  }
}

const statusOf = {
  "run.paused": "paused",
  "run.completed": "completed",
  "run.failed": "failed",
  "run.aborted": "aborted",
} as const;

interface DriftedPath {
  path: string;
  found: string | null;
}

function move(state: RunState, status: RunState["status"], entry: EventEntry): void {
  state.status = status;
  state.waiting = waitingOf(entry.payload["waiting"]);
  state.reason = typeof entry.payload["reason"] === "string" ? entry.payload["reason"] : undefined;
  state.error = entry.payload["error"] as RunState["error"];
  state.output = entry.payload["output"];
  state.endedAt = status === "running" || status === "paused" ? undefined : entry.at;
}

function waitingOf(said: unknown): RunState["waiting"] {
  if (typeof said !== "object" || said === null) return undefined;
  const { until, reason, agent } = said as Record<string, unknown>;
  return { until: String(until), reason: reason as WaitReason, agent: String(agent) };
}

/** A list so long that it became an object is not remembered: the next resume asks again. */
function acceptDrift(state: RunState, paths: unknown): void {
  if (!Array.isArray(paths)) return;
  for (const { path, found } of paths as DriftedPath[]) state.acceptedDrift.set(path, found);
}
