import { endOfJson } from "./json-end.ts";
import { sealBytes } from "./line.ts";

// What stands before each part of such a line.
const beforeAt = Buffer.from('{"at":"');
const beforeKey = Buffer.from('","attempt":1,"command":{"action":"call","idempotency_key":"');
const beforeInputs = Buffer.from('","inputs":');
const beforeStep = Buffer.from(',"step":"');
const beforeCorrelation = Buffer.from('"},"correlation_id":"');
const beforeDurable = Buffer.from('","durable":');
const beforeMessage = Buffer.from(
  ',"event":"call.completed","from":{"agent_type":"call"},"kind":"event","message_id":"',
);
const beforeOccurred = Buffer.from('","occurred_at":"');
const beforePayload = Buffer.from('","payload":');
const beforeSeq = Buffer.from(',"seq":');
const beforeStatus = Buffer.from(',"status":"success","step":"');
const beforeTask = Buffer.from('","task_id":"');
const beforeHash = Buffer.from('","hash":"');

/** Lengths of the texts that always have the same. */
export const timeLength = 24;
export const uuidLength = 36;
export const keyLength = 67;
const hashLength = 64;
const mostOfId = 128;
const mostDigits = 15;

/**
 * The line of a function step that succeeded at its first attempt, told from its bytes alone: the ledgers of functions
 * consist of such lines, and to parse them is most of what opening a run would cost. A line that is not exactly as this
 * version writes it, to the byte, is none; it is parsed. Such a line names no object, and its event has no artifacts.
 *
 * One is filled again and again: it is valid only until the next line is asked for.
 */
export class CallLine {
  seq = 0;
  durable = 0;
  /** Where the parts begin in {@link bytes}; those of known length end by it. */
  bytes: Buffer = Buffer.alloc(0);
  atStart = 0;
  keyStart = 0;
  stepStart = 0;
  stepEnd = 0;
  correlationStart = 0;
  messageStart = 0;
  seqStart = 0;
  seqEnd = 0;
  hashStart = 0;
  /** Behind what was read so far; -1 once it is known to be another line. */
  #next = 0;
  #end = 0;

  get at(): string {
    return this.#slice(this.atStart, timeLength);
  }

  get key(): string {
    return this.#slice(this.keyStart, keyLength);
  }

  get step(): string {
    return this.#slice(this.stepStart, this.stepEnd - this.stepStart);
  }

  get correlationId(): string {
    return this.#slice(this.correlationStart, uuidLength);
  }

  get messageId(): string {
    return this.#slice(this.messageStart, uuidLength);
  }

  isOfStep(step: string): boolean {
    if (step.length !== this.stepEnd - this.stepStart) return false;
    for (let index = 0; index < step.length; index++) {
      if (this.bytes[this.stepStart + index] !== step.charCodeAt(index)) return false;
    }
    return true;
  }

  /** Reads the line from `start` to `end`, its LF left out; whether its hash follows is not looked at. False if it is another. */
  read(bytes: Buffer, start: number, end: number): boolean {
    this.bytes = bytes;
    this.#next = start;
    this.#end = end - sealBytes;
    this.atStart = this.#text(beforeAt, timeLength);
    this.keyStart = this.#text(beforeKey, keyLength);
    this.#object(beforeInputs);
    this.stepStart = this.#id(beforeStep);
    this.stepEnd = this.#next;
    this.correlationStart = this.#text(beforeCorrelation, uuidLength);
    this.durable = this.#number(beforeDurable);
    this.messageStart = this.#text(beforeMessage, uuidLength);
    this.#text(beforeOccurred, timeLength);
    this.#object(beforePayload);
    this.seqStart = this.#next + beforeSeq.length;
    this.seq = this.#number(beforeSeq);
    this.seqEnd = this.#next;
    this.#id(beforeStatus);
    this.#id(beforeTask);
    this.#end = end;
    this.hashStart = this.#text(beforeHash, hashLength);
    return this.#next === end - 2;
  }

  #slice(start: number, length: number): string {
    return this.bytes.toString("latin1", start, start + length);
  }

  /** Each of these reads what stands before a part, then the part, and returns where that began. */
  #fixed(before: Uint8Array): number {
    const { bytes } = this;
    const start = this.#next;
    if (start < 0) return -1;
    for (let index = 0; index < before.length; index++) {
      if (bytes[start + index] === before[index]) continue;
      this.#next = -1;
      return -1;
    }
    this.#next = start + before.length;
    return this.#next;
  }

  #text(before: Uint8Array, length: number): number {
    const start = this.#fixed(before);
    if (start < 0) return -1;
    const { bytes } = this;
    const end = start + length;
    let next = end > this.#end ? end : start;
    while (next < end && isPlain(bytes[next] as number)) next += 1;
    this.#next = next === end && end <= this.#end ? end : -1;
    return start;
  }

  #id(before: Uint8Array): number {
    const start = this.#fixed(before);
    if (start < 0) return -1;
    const { bytes } = this;
    const most = Math.min(this.#end, start + mostOfId);
    let next = start;
    while (next < most && isPlain(bytes[next] as number)) next += 1;
    this.#next = next;
    return start;
  }

  #object(before: Uint8Array): void {
    const start = this.#fixed(before);
    if (start < 0) return;
    this.#next = this.bytes[start] === 0x7b ? endOfJson(this.bytes, start, this.#end) : -1;
  }

  #number(before: Uint8Array): number {
    const start = this.#fixed(before);
    if (start < 0) return -1;
    const { bytes } = this;
    const most = start + mostDigits;
    let number = 0;
    let next = start;
    while (next < most && isDigit(bytes[next] as number)) {
      number = number * 10 + (bytes[next] as number) - 0x30;
      next += 1;
    }
    const isCanonical = next > start && (bytes[start] !== 0x30 || next === start + 1);
    this.#next = isCanonical ? next : -1;
    return number;
  }
}

/** ASCII that JSON prints as itself. */
function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
