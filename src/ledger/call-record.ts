import * as texts from "./call-texts.ts";
import type { EventEntry, EventRecord, Head, LedgerEntry, Place } from "./entry.ts";
import { sealBody } from "./line.ts";

/**
 * The terminal event of a function step that has succeeded at its first attempt, as what its line is put together from: most
 * of what is recorded of functions, and by texts at hand each is printed once and parsed by nobody. The caller answers for
 * them: the line is the canonical JSON of {@link recordOfCall}. At most 16 KiB each.
 */
export interface CallRecord {
  readonly kind: "call";
  readonly step: string;
  readonly taskId: string;
  readonly key: string;
  readonly correlationId: string;
  readonly messageId: string;
  readonly occurredAt: string;
  /** Canonical JSON of an object. */
  readonly inputs: string;
  /** Canonical JSON. */
  readonly result: string;
}

/** A function step that succeeded at its first attempt, in the ledger. */
export interface FinishedCall extends Head {
  readonly at: string;
  readonly step: string;
  readonly key: string;
  readonly messageId: string;
  readonly correlationId: string;
  /** Of one that was appended by a {@link CallRecord} it is parsed when it is asked for. */
  readonly entry: EventEntry;
}

/** What was appended: an entry, or what may be made one. */
export type Appended = LedgerEntry | FinishedCall;

export function entryOf(appended: Appended): LedgerEntry {
  return "entry" in appended ? appended.entry : appended;
}

/** The line of `record` after `previous`, with its LF. */
export function sealCall(
  record: CallRecord,
  place: Omit<Place, "hash">,
  previous: Head,
): { appended: FinishedCall; bytes: Uint8Array } {
  const { hash, bytes } = sealBody(bodyOf(record, place), previous.hash);
  return { appended: new AppendedCall(record, place, hash, bytes), bytes };
}

/** The record that a {@link CallRecord} stands for. */
export function recordOfCall(call: CallRecord): EventRecord {
  const { at: _, durable: __, seq: ___, ...record } = JSON.parse(bodyOf(call, { at: "", durable: 0, seq: 1 }));
  return record;
}

function bodyOf(call: CallRecord, { at, durable, seq }: Omit<Place, "hash">): string {
  const { key, inputs, step, correlationId, messageId, occurredAt, result, taskId } = call;
  return (
    `${texts.beforeAt}${at}${texts.beforeKey}${key}${texts.beforeInputs}${inputs}${texts.beforeStep}${step}` +
    `${texts.beforeCorrelation}${correlationId}${texts.beforeDurable}${durable}${texts.beforeMessage}${messageId}` +
    `${texts.beforeOccurred}${occurredAt}${texts.beforePayload}{"result":${result}}${texts.beforeSeq}${seq}` +
    `${texts.beforeStatus}${step}${texts.beforeTask}${taskId}"}`
  );
}

class AppendedCall implements FinishedCall {
  readonly seq: number;
  readonly hash: string;
  readonly at: string;
  readonly step: string;
  readonly key: string;
  readonly messageId: string;
  readonly correlationId: string;
  readonly #bytes: Uint8Array;

  constructor(record: CallRecord, { seq, at }: Pick<Place, "seq" | "at">, hash: string, bytes: Uint8Array) {
    this.seq = seq;
    this.hash = hash;
    this.at = at;
    this.step = record.step;
    this.key = record.key;
    this.messageId = record.messageId;
    this.correlationId = record.correlationId;
    this.#bytes = bytes;
  }

  get entry(): EventEntry {
    return JSON.parse(Buffer.from(this.#bytes).toString()) as EventEntry;
  }
}
