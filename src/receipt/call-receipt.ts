import { invariant } from "../errors.ts";
import { type CallLine, keyLength, timeLength, uuidLength } from "../ledger/call-line.ts";
import type { CallNews } from "../ledger/call-record.ts";
import type { EventEntry } from "../ledger/entry.ts";
import { FixedText } from "../ledger/fixed-text.ts";
import type { ScannedCall } from "../ledger/scan.ts";
import { commandOfCall } from "../runstate/evolve.ts";
import type { RunState } from "../runstate/state.ts";
import { receiptOf } from "./receipt.ts";
import type { Receipt } from "./receipt-schema.ts";

/**
 * Packed receipts of function steps that have succeeded: made of texts, and compared with what the ledger says of them,
 * byte by byte, without making them. Both to the same as {@link callReceipt} is.
 */
export class CallReceipts {
  readonly #beforeSeq: FixedText;
  readonly #beforeStep: FixedText;
  readonly #end: FixedText;

  constructor({ runId, taskId, snapshotId }: Pick<RunState, "runId" | "taskId" | "snapshotId">) {
    this.#beforeSeq = new FixedText(`,"run_id":${JSON.stringify(runId)},"seq":`);
    this.#beforeStep = new FixedText(`,"snapshot_id":${JSON.stringify(snapshotId)},"status":"success","step":"`);
    this.#end = new FixedText(`","task_id":${JSON.stringify(taskId)},"version":1}\n`);
  }

  /**
   * Where the receipt of `call`, whose event is the `n`-th terminal one, ends behind its LF if it begins at `start`; -1 if
   * what is there is anything else.
   */
  endOf(view: DataView, start: number, call: CallLine, n: number): number {
    let at = skip(view, start, beforeCorrelation);
    at = same(view, at, call, call.correlationStart, uuidLength);
    at = skip(view, at, beforeTime);
    at = same(view, at, call, call.atStart, timeLength);
    at = skip(view, at, beforeHash);
    at = same(view, at, call, call.hashStart, hashLength);
    at = skip(view, at, beforeEvent);
    at = same(view, at, call, call.messageStart, uuidLength);
    at = skip(view, at, beforeKey);
    at = same(view, at, call, call.keyStart, keyLength);
    at = skip(view, at, beforeOrdinal);
    at = skipNumber(view, at, n);
    at = skip(view, at, this.#beforeSeq);
    at = skipNumber(view, at, call.seq);
    at = skip(view, at, this.#beforeStep);
    at = skipBytes(view, at, call);
    return skip(view, at, this.#end);
  }

  /** The receipt of `call`, whose event is the `n`-th terminal one: its line with its LF. */
  line({ correlationId, at, hash, messageId, key, seq, step }: CallNews, n: number): string {
    return (
      `${beforeCorrelation.text}${correlationId}${beforeTime.text}${at}${beforeHash.text}${hash}${beforeEvent.text}` +
      `${messageId}${beforeKey.text}${key}${beforeOrdinal.text}${n}${this.#beforeSeq.text}${seq}` +
      `${this.#beforeStep.text}${step}${this.#end.text}`
    );
  }
}

/** Longer than any such receipt: its ids have at most 128 bytes. */
export const mostCallBytes = 2048;

const hashLength = 64;
const beforeCorrelation = new FixedText('{"action":"call","artifacts":[],"attempt":1,"correlation_id":"');
const beforeTime = new FixedText('","created_at":"');
const beforeHash = new FixedText('","entry_hash":"');
const beforeEvent = new FixedText('","events":["');
const beforeKey = new FixedText('"],"idempotency_key":"');
const beforeOrdinal = new FixedText('","n":');

// Each returns where it ends if it stands at `at`; else -1, and for -1.

function skip(view: DataView, at: number, text: FixedText): number {
  const end = at + text.length;
  return at >= 0 && end <= view.byteLength && text.isAt(view, at) ? end : -1;
}

/** A part of the line of at least four bytes. */
function same(view: DataView, at: number, { view: line }: CallLine, start: number, length: number): number {
  if (at < 0 || at + length > view.byteLength) return -1;
  const last = length - 4;
  for (let offset = 0; offset < last; offset += 4) {
    if (view.getInt32(at + offset) !== line.getInt32(start + offset)) return -1;
  }
  return view.getInt32(at + last) === line.getInt32(start + last) ? at + length : -1;
}

function skipBytes(view: DataView, at: number, { view: line, stepStart, stepEnd }: CallLine): number {
  const length = stepEnd - stepStart;
  if (at < 0 || at + length > view.byteLength) return -1;
  for (let index = 0; index < length; index++) {
    if (view.getUint8(at + index) !== line.getUint8(stepStart + index)) return -1;
  }
  return at + length;
}

function skipNumber(view: DataView, at: number, number: number): number {
  let next = at;
  let value = 0;
  while (next >= 0 && next < view.byteLength && value < number) {
    const digit = view.getUint8(next) - 0x30;
    if (digit < 0 || digit > 9 || (value === 0 && digit === 0)) return -1;
    value = value * 10 + digit;
    next += 1;
  }
  return value === number ? next : -1;
}

/** The receipt itself. */
export function callReceipt(state: RunState, { entry }: ScannedCall, n: number): Receipt {
  const command = commandOfCall(entry as EventEntry, n);
  invariant(command.ended !== undefined, `entry ${entry.seq} is a terminal event`);
  return receiptOf(state, command, command.ended, []);
}
