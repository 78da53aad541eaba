import {
  beforeAt,
  beforeCorrelation,
  beforeDurable,
  beforeHash,
  beforeInputs,
  beforeKey,
  beforeMessage,
  beforeOccurred,
  beforePayload,
  beforeSeq,
  beforeStatus,
  beforeStep,
  beforeTask,
} from "./call-texts.ts";
import { type FixedText, isPlain, viewOf } from "./fixed-text.ts";
import { endOfJson } from "./json-end.ts";
import { sealBytes } from "./line.ts";

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
  view: DataView = viewOf(this.bytes);
  atStart = 0;
  keyStart = 0;
  stepStart = 0;
  stepEnd = 0;
  correlationStart = 0;
  messageStart = 0;
  hashStart = 0;
  /** Behind what was read so far; -1 once it is known to be another line. */
  #next = 0;
  #end = 0;

  get key(): string {
    return this.#slice(this.keyStart, keyLength);
  }

  get step(): string {
    return this.#slice(this.stepStart, this.stepEnd - this.stepStart);
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
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.view = viewOf(bytes);
    }
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
    this.seq = this.#number(beforeSeq);
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
  #fixed(before: FixedText): number {
    const start = this.#next;
    const end = start + before.length;
    this.#next = start >= 0 && end <= this.#end && before.isAt(this.view, start) ? end : -1;
    return this.#next;
  }

  #text(before: FixedText, length: number): number {
    const start = this.#fixed(before);
    if (start < 0) return -1;
    const end = start + length;
    this.#next = end <= this.#end && isPlain(this.view, start, end) ? end : -1;
    return start;
  }

  #id(before: FixedText): number {
    const start = this.#fixed(before);
    if (start < 0) return -1;
    const { bytes } = this;
    const most = Math.min(this.#end, start + mostOfId);
    let next = start;
    while (next < most && isOfId(bytes[next] as number)) next += 1;
    this.#next = next;
    return start;
  }

  #object(before: FixedText): void {
    const start = this.#fixed(before);
    if (start < 0) return;
    this.#next = this.bytes[start] === 0x7b ? endOfJson(this.bytes, this.view, start, this.#end) : -1;
  }

  #number(before: FixedText): number {
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

/** Letters, digits, dashes, underscores and dots. */
function isOfId(byte: number): boolean {
  const letter = byte | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || isDigit(byte) || byte === 0x2d || byte === 0x5f || byte === 0x2e;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
