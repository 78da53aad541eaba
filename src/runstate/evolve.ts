import { invariant } from "../errors.ts";
import type { CallCommand, CommandEntry, EventEntry, LedgerEntry } from "../ledger/entry.ts";
import { decisionAction, isFailure, isTerminal, systemAgent } from "../protocol/event-names.ts";
import { evolveAnswer } from "./agents.ts";
import { batchOfRef, moveItem, rememberedPayload } from "./batch.ts";
import { type CallOutline, Commands } from "./commands.ts";
import { isRateLimit } from "./rate-limit.ts";
import { evolveRunLevel, initialState } from "./run-level.ts";
import { type CommandState, type Ending, isDone, keyOfEvent, type RunState } from "./state.ts";

const rememberedEvents = 100;

/**
 * The one place where an entry means something: the state after `entry`. `state` is undefined before entry 1; it is
 * changed in place and returned, so that a replay costs no copies. Pure otherwise.
 */
export function evolve(state: RunState | undefined, entry: LedgerEntry): RunState {
  if (state === undefined) return initialState(entry);
  invariant(entry.seq === state.head.seq + 1, () => `entry ${entry.seq} follows entry ${state.head.seq}`);
  state.head = { seq: entry.seq, hash: entry.hash };
  state.updatedAt = entry.at;
  switch (entry.kind) {
    case "command":
      evolveCommand(state, entry);
      break;
    case "event":
      state.lastMessageId = entry.message_id;
      evolveEvent(state, entry);
      break;
    case "heartbeat":
    case "log":
      break;
    default:
      entry satisfies never;
  }
  return state;
}

function evolveCommand(state: RunState, entry: CommandEntry): void {
  state.lastMessageId = entry.message_id;
  const command = known(state, entry.idempotency_key) ?? newCommand(state, entry, entry);
  invariant(!isDone(command), () => `entry ${entry.seq} sends ${command.step}, which has succeeded`);
  state.waiting = undefined;
  command.attempt = entry.retry.attempt;
  command.maxAttempts = entry.retry.max_attempts;
  command.messageId = entry.message_id;
  command.ended = undefined;
  command.inDoubtAttempt = undefined;
  command.decided = undefined;
  command.skipped = false;
  command.eventIds = [];
  countItem(state, command, entry);
}

/** To be changed. */
function known({ commands }: RunState, key: string): CommandState | undefined {
  return commands instanceof Commands ? commands.hold(key) : commands.get(key);
}

/** A step without items counts nothing. */
function countItem(state: RunState, command: CommandState, { seq }: LedgerEntry): void {
  const batch = batchOfRef(state, command.step);
  if (batch !== undefined) moveItem(batch, command, seq);
}

function evolveEvent(state: RunState, entry: EventEntry): void {
  if (entry.command !== undefined) evolveCall(state, entry, entry.command);
  const key = keyOfEvent(state, entry);
  const command = key === undefined ? undefined : known(state, key);
  if (command === undefined) {
    evolveRunLevel(state, entry);
    return;
  }
  if (entry.from.agent_type === systemAgent && evolveDoubt(command, entry)) countItem(state, command, entry);
  else if (isTerminal(command.action, entry.event)) evolveTerminal(state, command, entry);
  else if (command.eventIds.length < rememberedEvents) command.eventIds.push(entry.message_id);
}

/** A function's terminal event is the first that the ledger hears of the attempt. */
function evolveCall(state: RunState, entry: EventEntry, call: NonNullable<EventEntry["command"]>): void {
  const command = known(state, call.idempotency_key) ?? newCommand(state, entry, call);
  const attempt = entry.attempt ?? 1;
  if (command.ended !== undefined && (attempt <= command.attempt || isDone(command))) return;
  if (attempt > command.attempt) command.decided = undefined;
  command.attempt = attempt;
  command.ended = undefined;
  command.inDoubtAttempt = undefined;
}

/**
 * The command that `entry` alone tells of: a function's terminal event, the `n`-th of the run, of a step that is heard of
 * for the first time.
 */
export function commandOfCall(entry: EventEntry, n: number): CommandState {
  invariant(entry.command !== undefined, () => `entry ${entry.seq} ends a call`);
  const command = commandOf(entry, entry.command);
  command.attempt = entry.attempt ?? 1;
  command.ended = endingOf(command, entry, entry.payload, n);
  return command;
}

/** {@link commandOfCall} without inputs, payload and hash, for which the line would have to be read. */
export function outlineOfCall({ seq, n, at, step, key, messageId, correlationId }: CallOutline): CommandState {
  const command = { action: "call", idempotency_key: key, inputs: {}, step };
  const ending = { event: "call.completed", status: "success", payload: {}, from: { agent_type: "call" }, attempt: 1 };
  const about = { task_id: "", message_id: messageId, correlation_id: correlationId, occurred_at: at, step };
  return commandOfCall({ kind: "event", ...about, ...ending, command, seq, hash: "", at, durable: 0 }, n);
}

function newCommand(state: RunState, entry: CommandEntry | EventEntry, asked: CallCommand): CommandState {
  const command = commandOf(entry, asked);
  state.commands.set(command.key, command);
  if (!isFinishedCall(entry, command)) state.keyOfCorrelation.set(command.correlationId, command.key);
  state.keyOfStep.set(command.step, command.key);
  return command;
}

/** Most of what the ledger of a function tells. */
function isFinishedCall(entry: CommandEntry | EventEntry, { action }: CommandState): boolean {
  return action === "call" && entry.kind === "event" && isTerminal(action, entry.event) && !isFailure(entry);
}

function commandOf(entry: CommandEntry | EventEntry, asked: CallCommand): CommandState {
  return {
    key: asked.idempotency_key,
    step: asked.step,
    action: asked.action,
    correlationId: entry.correlation_id,
    agent: entry.kind === "command" ? entry.to.agent_type : undefined,
    inputs: asked.inputs,
    attempt: 0,
    maxAttempts: 1,
    messageId: undefined,
    startedAt: entry.at,
    eventIds: [],
    ended: undefined,
    inDoubtAttempt: undefined,
    doubt: undefined,
    decided: undefined,
    skipped: false,
  };
}

/** The first terminal event of an attempt counts; a second one changes nothing. */
function evolveTerminal(state: RunState, command: CommandState, entry: EventEntry): void {
  if (command.ended !== undefined) return;
  state.terminalEvents += 1;
  command.inDoubtAttempt = undefined;
  const isItem = batchOfRef(state, command.step) !== undefined;
  const payload = isItem ? rememberedPayload(entry.payload) : entry.payload;
  command.ended = endingOf(command, entry, payload, state.terminalEvents);
  countItem(state, command, entry);
  evolveAnswer(state, command, entry);
}

function endingOf(command: CommandState, entry: EventEntry, payload: Ending["payload"], n: number): Ending {
  return {
    status: isFailure(entry) ? "failed" : "success",
    event: entry.event,
    reported: entry.status,
    payload,
    artifacts: entry.artifacts ?? [],
    attempt: entry.attempt ?? command.attempt,
    seq: entry.seq,
    hash: entry.hash,
    at: entry.at,
    messageId: entry.message_id,
    isRateLimit: entry.from.agent_type === command.agent && isRateLimit(entry),
    n,
  };
}

/** What `system` says of a command apart from ending it. False if it is no such event. */
function evolveDoubt(command: CommandState, entry: EventEntry): boolean {
  if (entry.event === "step.in_doubt") noteDoubt(command, entry.payload);
  else if (entry.event === "system.user_decision") noteDecision(command, entry.payload);
  else return false;
  return true;
}

/** An answer to a decision may be called `skip`, too, and skips nothing. */
function noteDecision(
  command: CommandState,
  { choice, note, settled_by: settledBy, result }: Record<string, unknown>,
): void {
  command.decided = {
    choice: String(choice),
    note: typeof note === "string" ? note : undefined,
    settledBy: settledBy === "option" ? "option" : "user",
    result: result ?? null,
  };
  command.skipped = choice === "skip" && command.action !== decisionAction;
}

/** The first reason counts: what a probe answers comes after it. */
function noteDoubt(command: CommandState, { code, message }: Record<string, unknown>): void {
  command.inDoubtAttempt = command.attempt;
  if (typeof code === "string" && typeof message === "string") command.doubt = { code, message };
}
