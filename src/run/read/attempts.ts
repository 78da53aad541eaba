import type { EventEntry, LedgerEntry } from "../../ledger/entry.ts";
import { inspectEntries } from "../../ledger/read.ts";
import { isFailure, isTerminal, systemAgent } from "../../protocol/event-names.ts";
import type { ExpectedOutput } from "../../protocol/fields.ts";
import type { CommandState, RunState } from "../../runstate/state.ts";
import type { FoundRun } from "../place/find-run.ts";
import type { RecordedValues } from "./recorded-values.ts";

/** One sending of a command, and what became of it. */
export interface AttemptView {
  readonly attempt: number;
  /** Place and time of the first entry that speaks of it. */
  readonly seq: number;
  readonly at: string;
  /** `skipped`: somebody chose not to do it. */
  readonly outcome: "success" | "failed" | "running" | "in_doubt" | "skipped";
  readonly terminal?: { readonly event: string; readonly seq: number; readonly at: string };
  /** Code and sentence, of a failure or of why nobody knows how it ended. */
  readonly error?: { readonly code: string; readonly message: string };
  /** What settled it, if that was no message of its agent: a probe, a choice. */
  readonly settled_by?: string;
}

/** `inputs` and `payload` as recorded: of an item the fold does not remember them. */
interface History {
  readonly attempts: AttemptView[];
  readonly expectedOutputs: ExpectedOutput[];
  readonly inputs: Record<string, unknown>;
  readonly payload: Record<string, unknown>;
}

type Draft = { -readonly [Member in keyof AttemptView]: AttemptView[Member] };

/** What the ledger says of one command, up to the head of `state`. `alive`: its last attempt may be running. */
export function commandHistory(
  { world, run }: FoundRun,
  state: RunState,
  command: CommandState,
  alive: boolean,
  back: RecordedValues,
): History {
  const drafts = new Map<number, Draft>();
  let expectedOutputs: ExpectedOutput[] = [];
  let { inputs } = command;
  let payload = command.ended?.payload ?? {};
  for (const entry of inspectEntries(world.disk, run, false)) {
    if (entry.seq > state.head.seq) break;
    if (!isOf(command, entry)) continue;
    if (entry.kind === "command") ({ expected_outputs: expectedOutputs, inputs } = entry);
    else if (entry.seq === command.ended?.seq) payload = entry.payload;
    const attempt = entry.kind === "command" ? entry.retry.attempt : (entry.attempt ?? 1);
    const draft = drafts.get(attempt) ?? { attempt, seq: entry.seq, at: entry.at, outcome: "in_doubt" };
    drafts.set(attempt, draft);
    if (entry.kind === "event") see(draft, command, entry, back);
  }
  const last = drafts.get(command.attempt);
  const isRunning = alive && command.ended === undefined && command.inDoubtAttempt === undefined;
  if (isRunning && last?.outcome === "in_doubt") last.outcome = "running";
  return { attempts: [...drafts.values()], expectedOutputs, inputs, payload };
}

function isOf(command: CommandState, entry: LedgerEntry): entry is EventEntry | (LedgerEntry & { kind: "command" }) {
  return (entry.kind === "command" || entry.kind === "event") && entry.correlation_id === command.correlationId;
}

function see(draft: Draft, { action }: CommandState, entry: EventEntry, back: RecordedValues): void {
  if (isTerminal(action, entry.event)) seeEnd(draft, entry, back);
  else if (entry.from.agent_type === systemAgent) seeDoubt(draft, entry);
}

/** The first terminal event of an attempt counts. */
function seeEnd(draft: Draft, entry: EventEntry, back: RecordedValues): void {
  if (draft.terminal !== undefined) return;
  const payload = back.members(entry.payload);
  const { settled_by: settledBy } = payload;
  draft.outcome = isFailure(entry) ? "failed" : "success";
  draft.terminal = { event: entry.event, seq: entry.seq, at: entry.at };
  delete draft.error;
  if (isFailure(entry)) draft.error = errorOf(payload, `${entry.event} reported a failure`);
  if (typeof settledBy === "string") draft.settled_by = settledBy;
}

function seeDoubt(draft: Draft, { event, payload }: EventEntry): void {
  if (event === "step.in_doubt" && draft.terminal === undefined && payload["message"] !== undefined) {
    draft.error = errorOf(payload, "nobody knows how it ended");
  }
  if (event !== "system.user_decision") return;
  if (payload["choice"] === "skip") draft.outcome = "skipped";
  if (typeof payload["settled_by"] === "string") draft.settled_by = payload["settled_by"];
}

function errorOf({ code, message }: Record<string, unknown>, otherwise: string): { code: string; message: string } {
  return {
    code: typeof code === "string" ? code : "FAILED",
    message: typeof message === "string" ? message : otherwise,
  };
}
