import { invariant } from "../errors.ts";
import { type CallLine, keyLength, timeLength, uuidLength } from "../ledger/call-line.ts";
import type { EventEntry } from "../ledger/entry.ts";
import type { RawLine } from "../ledger/lines.ts";
import type { ScannedCall } from "../ledger/scan.ts";
import { commandOfCall } from "../runstate/evolve.ts";
import type { RunState } from "../runstate/state.ts";
import { receiptLine, receiptOf } from "./receipt.ts";

/**
 * Compares packed receipts of function steps with what the ledger says of them, byte by byte, without making them: the same
 * as to compare with `receiptLine`.
 */
export class CallReceipts {
  readonly #beforeRun: Uint8Array;
  readonly #beforeStep: Uint8Array;
  readonly #end: Uint8Array;

  constructor({ runId, taskId, snapshotId }: Pick<RunState, "runId" | "taskId" | "snapshotId">) {
    this.#beforeRun = Buffer.from(`,"run_id":${JSON.stringify(runId)},"seq":`);
    this.#beforeStep = Buffer.from(`,"snapshot_id":${JSON.stringify(snapshotId)},"status":"success","step":"`);
    this.#end = Buffer.from(`","task_id":${JSON.stringify(taskId)},"version":1}`);
  }

  /** True if `line` is the receipt of `call`, whose event is the `n`-th terminal one. */
  isOf(line: RawLine, call: CallLine, n: number): boolean {
    if (!line.terminated || line.tooLong) return false;
    const { bytes } = call;
    const receipt = new Comparison(line);
    receipt.fixed(beforeCorrelation);
    receipt.part(bytes, call.correlationStart, uuidLength);
    receipt.fixed(beforeTime);
    receipt.part(bytes, call.atStart, timeLength);
    receipt.fixed(beforeHash);
    receipt.part(bytes, call.hashStart, hashLength);
    receipt.fixed(beforeEvent);
    receipt.part(bytes, call.messageStart, uuidLength);
    receipt.fixed(beforeKey);
    receipt.part(bytes, call.keyStart, keyLength);
    receipt.fixed(beforeOrdinal);
    receipt.number(n);
    receipt.fixed(this.#beforeRun);
    receipt.part(bytes, call.seqStart, call.seqEnd - call.seqStart);
    receipt.fixed(this.#beforeStep);
    receipt.part(bytes, call.stepStart, call.stepEnd - call.stepStart);
    receipt.fixed(this.#end);
    return receipt.isSame;
  }
}

/** The packed receipt itself. */
export function callReceiptLine(state: RunState, { entry }: ScannedCall, n: number): Uint8Array {
  const command = commandOfCall(entry as EventEntry, n);
  invariant(command.ended !== undefined, `entry ${entry.seq} is a terminal event`);
  return receiptLine(receiptOf(state, command, command.ended, []));
}

const hashLength = 64;
const beforeCorrelation = Buffer.from('{"action":"call","artifacts":[],"attempt":1,"correlation_id":"');
const beforeTime = Buffer.from('","created_at":"');
const beforeHash = Buffer.from('","entry_hash":"');
const beforeEvent = Buffer.from('","events":["');
const beforeKey = Buffer.from('"],"idempotency_key":"');
const beforeOrdinal = Buffer.from('","n":');

/** Goes through a line as long as it is the same. */
class Comparison {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #next: number;

  constructor({ buffer, from, to }: RawLine) {
    this.#bytes = buffer;
    this.#next = from;
    this.#end = to;
  }

  get isSame(): boolean {
    return this.#next === this.#end;
  }

  fixed(expected: Uint8Array): void {
    this.part(expected, 0, expected.length);
  }

  part(expected: Uint8Array, start: number, length: number): void {
    const next = this.#next;
    if (next < 0) return;
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) {
      if (bytes[next + index] === expected[start + index]) continue;
      this.#next = -1;
      return;
    }
    this.#next = next + length;
  }

  number(expected: number): void {
    const text = String(expected);
    for (let index = 0; index < text.length && this.#next >= 0; index++) {
      this.#next = this.#bytes[this.#next] === text.charCodeAt(index) ? this.#next + 1 : -1;
    }
  }
}
