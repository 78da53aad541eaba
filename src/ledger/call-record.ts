import { invariant } from "../errors.ts";
import { parseJson } from "../idempotency/parse-json.ts";
import * as texts from "./call-texts.ts";
import type { EventEntry, EventRecord, Head, LedgerEntry, Place } from "./entry.ts";
import { maxLineBytes, sealBody } from "./line.ts";

/**
 * The success of a function step at its first attempt, as the texts that its line is made of: built as an object it would be
 * printed three times. The caller answers for them: canonical JSON, safe between quotes, 16 KiB each at most.
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

/** What the line of a function step says that succeeded at its first attempt, whatever it was given and returned. */
export interface CallNews extends Head {
  readonly at: string;
  readonly step: string;
  readonly key: string;
  readonly messageId: string;
  readonly correlationId: string;
}

/** Such a step, in the ledger. */
export interface FinishedCall extends CallNews {
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
  invariant(bytes.length <= maxLineBytes, () => `entry ${place.seq} has no text that is too long for a line`);
  return { appended: new AppendedCall(record, place, hash, bytes), bytes };
}

/** The record that it stands for: its line is the canonical JSON of that. */
export function eventOfCall(call: CallRecord): EventRecord {
  const entry = parseJson(bodyOf(call, { at: "", durable: 0, seq: 1 })) as EventEntry;
  const { at: _, durable: __, seq: ___, ...record } = entry;
  return record;
}

function bodyOf(call: CallRecord, { at, durable, seq }: Omit<Place, "hash">): string {
  const { key, inputs, step, correlationId, messageId, occurredAt, result, taskId } = call;
  return (
    `${texts.beforeAt.text}${at}${texts.beforeKey.text}${key}${texts.beforeInputs.text}${inputs}${texts.beforeStep.text}${step}` +
    `${texts.beforeCorrelation.text}${correlationId}${texts.beforeDurable.text}${durable}${texts.beforeMessage.text}${messageId}` +
    `${texts.beforeOccurred.text}${occurredAt}${texts.beforePayload.text}{"result":${result}}${texts.beforeSeq.text}${seq}` +
    `${texts.beforeStatus.text}${step}${texts.beforeTask.text}${taskId}"}`
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
    return parseJson(Buffer.from(this.#bytes).toString()) as EventEntry;
  }
}
