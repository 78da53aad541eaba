import type { CommandEntry, EventEntry, LedgerEntry, LogEntry } from "../../ledger/entry.ts";
import { readEntries } from "../../ledger/read.ts";
import { type FoundRun, findRun, type ReadOptions } from "../place/find-run.ts";
import { asRunledgerError } from "../place/system-error.ts";
import { captured } from "./captured-bytes.ts";
import { namedSteps } from "./named-steps.ts";
import { objectsOf, RecordedValues } from "./recorded-values.ts";
import { stepUnknown } from "./step-unknown.ts";
import { isOfStep } from "./step-wanted.ts";

/**
 * One thing that happened in a run. What a step printed comes behind the event that tells it, in pieces if it is much.
 */
export interface TranscriptItem {
  /** Of its entry. */
  readonly seq: number;
  readonly at: string;
  /** Milliseconds since the run was started, by the clocks of its processes. */
  readonly offset_ms: number;
  readonly kind: "command" | "event" | "log" | "output";
  /** A command's action, an event's name, a log's level, of output `stdout` or `stderr`. */
  readonly name: string;
  /** Of an event, as its sender gave it, e.g. `failed`. */
  readonly status?: string;
  /** Who said it: an agent's type, with its id if it has one that differs. */
  readonly from?: string;
  readonly step?: string;
  readonly attempt?: number;
  /** A command's inputs, an event's payload, a log's fields: as recorded, redacted; what is large is a reference. */
  readonly data?: Record<string, unknown>;
  /** Of a log and of output: redacted, otherwise as it was written; bytes that are no UTF-8 are replaced. */
  readonly text?: string;
}

/**
 * A run as it was seen, in the order of its ledger, and from the ledger alone: commands, events, logs, output,
 * decisions and waits; no heartbeats. `step`: only that step's or item's, or that of all items of a step. Streams,
 * whatever was printed. What is yielded is sound; after that it throws, when it gets there, `STEP_UNKNOWN`,
 * `RUN_NOT_FOUND`, `LEDGER_DAMAGED`, `PERMISSION`, `READ_FAILED` and the like; behind all the rest what is wrong with
 * objects: `OBJECT_NOT_FOUND`, `OBJECT_DAMAGED`, `PERMISSION`, `READ_FAILED`.
 */
export function* readTranscript(
  options: ReadOptions & { runId: string; step?: string | undefined },
): Generator<TranscriptItem> {
  const found = findRun(options);
  try {
    yield* itemsOf(found, options.step);
  } catch (error) {
    throw asRunledgerError(error, `the transcript of ${found.runId} cannot be read`, "READ_FAILED");
  }
}

function* itemsOf(found: FoundRun, wanted: string | undefined): Generator<TranscriptItem> {
  const back = new RecordedValues(objectsOf(found));
  const steps = new Set(namedSteps(found.world, found.run));
  let startedMs: number | undefined;
  for (const entry of readEntries(found.world.disk, found.run)) {
    startedMs ??= Date.parse(entry.at);
    const step = stepOf(entry);
    if (step !== undefined) steps.add(step);
    if (wanted !== undefined && !isOfStep(wanted, step)) continue;
    const place = { seq: entry.seq, at: entry.at, offset_ms: Date.parse(entry.at) - startedMs };
    if (entry.kind === "command") yield { ...place, ...commandItem(entry) };
    else if (entry.kind === "log") yield { ...place, ...logItem(entry) };
    else if (entry.kind === "event") yield* eventItems(found, back, entry, place);
  }
  if (wanted !== undefined && !steps.has(wanted)) throw stepUnknown(found.runId, wanted, steps);
  back.refuseFaults(found.runId);
}

function stepOf(entry: LedgerEntry): string | undefined {
  if (entry.kind === "command") return entry.step;
  return entry.kind === "event" ? (entry.step ?? entry.command?.step) : undefined;
}

type Place = Pick<TranscriptItem, "seq" | "at" | "offset_ms">;
type Said = Omit<TranscriptItem, keyof Place>;

function commandItem({ action, step, retry, inputs }: CommandEntry): Said {
  return { kind: "command", name: action, from: "system", step, attempt: retry.attempt, data: inputs };
}

function logItem({ level, message, fields }: LogEntry): Said {
  return { kind: "log", name: level, text: message, ...(fields === undefined ? {} : { data: fields }) };
}

function* eventItems(
  found: FoundRun,
  back: RecordedValues,
  entry: EventEntry,
  place: Place,
): Generator<TranscriptItem> {
  const step = stepOf(entry);
  const about = {
    ...(step === undefined ? {} : { step }),
    ...(entry.attempt === undefined ? {} : { attempt: entry.attempt }),
  };
  const status = entry.status === undefined ? {} : { status: entry.status };
  const { agent_type: type, agent_id: id } = entry.from;
  const from = id === undefined || id === type ? type : `${type}/${id}`;
  yield { ...place, kind: "event", name: entry.event, ...status, from, ...about, data: entry.payload };
  // What a plain command printed is told with how it ended or, when its time-out had passed, with the doubt.
  if (type !== "exec" && entry.event !== "step.in_doubt") return;
  const { result } = back.members(entry.payload) as { result?: Record<string, unknown> };
  for (const name of ["stdout", "stderr"] as const) {
    for (const text of decoded(captured(found, back, result?.[name], `${step} ${name}`))) {
      yield { ...place, kind: "output", name, ...about, text };
    }
  }
}

/** A character may be cut in two by the border of two chunks. */
function* decoded(chunks: Iterable<Uint8Array>): Generator<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}
