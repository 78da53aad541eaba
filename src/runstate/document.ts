import { decisionAction } from "../protocol/event-names.ts";
import { batchOfRef } from "./batch.ts";
import { batchMembers } from "./batch-document.ts";
import { firstOf, mostListedSteps } from "./commands.ts";
import { failureOf } from "./failure.ts";
import { type CommandState, commandOfStep, type RunState } from "./state.ts";
import type { RunStateDocument, StepDocument } from "./state-schema.ts";

/**
 * The run state as a JSON document (schemas/v1/run-state): of items it has counts, and lists few. `steps`: the ids that the task names, in its order (a
 * function names none beforehand); `alive`: whether a process works on the run, so that what has not ended is running
 * and not in doubt; `performedAfter`: what ended at or before this seq counts as reused (default: the beginning of the
 * last process that did something).
 */
export function runStateDocument(state: RunState, view: DocumentView): RunStateDocument {
  const named = view.steps.map((step) => stepDocument(state, step, commandOfStep(state, step), view));
  const { listed, unlisted } = unnamedSteps(state, view);
  const steps = [...named, ...listed];
  return {
    version: 1,
    run_id: state.runId,
    task_id: state.taskId,
    task_digest: state.taskDigest,
    snapshot_id: state.snapshotId,
    snapshot_digest: state.snapshotDigest,
    workspace: state.workspace,
    status: state.status,
    ...(state.reason === undefined ? {} : { reason: state.reason }),
    ...(state.waiting === undefined ? {} : { waiting: state.waiting }),
    ...(state.error === undefined ? {} : { error: state.error }),
    started_at: state.startedAt,
    updated_at: state.updatedAt,
    ...(state.endedAt === undefined ? {} : { ended_at: state.endedAt }),
    pid: view.pid,
    sessions: state.sessions,
    head: { ...state.head },
    last_message_id: state.lastMessageId,
    terminal_events: state.terminalEvents,
    progress: progressOf(steps, unlisted),
    steps,
  };
}

/**
 * The bytes of `run.json`: two-space indent, final newline. Of more than 10,000 steps, also of those that the task names, it
 * lists the first; `progress` counts all.
 */
export function runStateFile(document: RunStateDocument): Uint8Array {
  const steps = document.steps.slice(0, mostListedSteps);
  return Buffer.from(`${JSON.stringify({ ...document, steps }, null, 2)}\n`);
}

/**
 * What the ledger knows and `view` does not name: steps of functions, or of a task file that cannot be read. Of those that
 * are not listed, how many there are.
 */
function unnamedSteps(state: RunState, view: DocumentView): { listed: StepDocument[]; unlisted: StatusCounts } {
  const names = new Set(view.steps);
  const batches = [...state.batches.keys()].filter((step) => !names.has(step));
  const listed = batches.map((step) => stepDocument(state, step, undefined, view));
  const unlisted = noSteps();
  const { mostListed = Number.POSITIVE_INFINITY } = view;
  for (const command of firstOf(state.commands, mostListed)) {
    // A function step that succeeded.
    if (command === undefined) unlisted.completed += 1;
    else if (names.has(command.step) || batchOfRef(state, command.step) !== undefined) continue;
    else if (listed.length < mostListed) listed.push(stepDocument(state, command.step, command, view));
    else unlisted[statusOf(command, state.blocked.get(command.step), view.alive)] += 1;
  }
  return { listed, unlisted };
}

export interface DocumentView {
  readonly steps: readonly string[];
  readonly alive: boolean;
  readonly pid: number;
  readonly performedAfter?: number;
  /** Of the steps that `steps` does not name at most so many are listed, the others only counted. Default: all. */
  readonly mostListed?: number | undefined;
}

/** One step, or one item. */
export function stepDocument(
  state: RunState,
  step: string,
  command: CommandState | undefined,
  { alive, performedAfter = state.sessionSeq }: DocumentView,
): StepDocument {
  const blockedBy = state.blocked.get(step);
  const batch = state.batches.get(step);
  if (batch !== undefined) return { step, attempts: 0, ...batchMembers(state, batch, { alive, performedAfter }) };
  return {
    step,
    status: statusOf(command, blockedBy, alive),
    attempts: command?.attempt ?? 0,
    ...(command === undefined ? {} : commandMembers(command)),
    ...(command?.ended === undefined ? {} : endingMembers(command.ended, performedAfter)),
    ...(blockedBy === undefined ? {} : { blocked_by: blockedBy }),
  };
}

function statusOf(
  command: CommandState | undefined,
  blockedBy: string[] | undefined,
  alive: boolean,
): StepDocument["status"] {
  if (command?.ended !== undefined) return command.ended.status === "success" ? "completed" : "failed";
  if (command?.skipped === true) return "skipped";
  if (command?.action === decisionAction) return "pending";
  if (command !== undefined) return alive && command.inDoubtAttempt === undefined ? "running" : "in_doubt";
  return blockedBy === undefined ? "pending" : "blocked";
}

function commandMembers(command: CommandState): Partial<StepDocument> {
  return {
    action: command.action,
    key: command.key,
    correlation_id: command.correlationId,
    started_at: command.startedAt,
    ...(command.action === decisionAction ? { decision: questionOf(command) } : {}),
    ...(command.decided === undefined ? {} : { decided: answerOf(command.decided) }),
  };
}

/** The inputs of a decision, which are so small that they never become objects. */
function questionOf({ inputs }: CommandState): StepDocument["decision"] {
  const { prompt, options } = inputs as unknown as NonNullable<StepDocument["decision"]>;
  return { prompt, options };
}

function answerOf({ choice, note }: NonNullable<CommandState["decided"]>): StepDocument["decided"] {
  return note === undefined ? { choice } : { choice, note };
}

function endingMembers(ended: NonNullable<CommandState["ended"]>, performedAfter: number): Partial<StepDocument> {
  const { event, status, messageId, seq, at } = ended;
  return {
    outcome: ended.seq > performedAfter ? "performed" : "reused",
    receipt: ended.n,
    terminal: { event, status, message_id: messageId, seq, at },
    artifacts: ended.artifacts,
    ...(status === "failed" ? { error: failureOf(ended) } : {}),
  };
}

type StatusCounts = Record<StepDocument["status"], number>;

function noSteps(): StatusCounts {
  return { pending: 0, running: 0, in_doubt: 0, completed: 0, failed: 0, blocked: 0, skipped: 0 };
}

function progressOf(steps: readonly StepDocument[], unlisted: StatusCounts): RunStateDocument["progress"] {
  const counts = { ...unlisted };
  for (const { status } of steps) counts[status] += 1;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { total, ...counts };
}
