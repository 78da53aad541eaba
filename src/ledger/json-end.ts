import { endsOrEscapes } from "./fixed-text.ts";

/** Deeper values are told by a parser. */
const mostNested = 32;

const inObject = 1;
const inArray = 2;
/** What surrounds the value that is looked at, from the outermost on. */
const around = new Uint8Array(mostNested);

/**
 * Where the JSON value that begins at `from` ends; -1 if none does before `end`. What it accepts, `JSON.parse` accepts, and
 * nothing in it could stand for an object: white space, names of members that begin with `$` or have escapes in them
 * (`$runledger` is ours) and values nested deeper than 32 are left to a parser. `view` is one of the same bytes.
 */
export function endOfJson(bytes: Uint8Array, view: DataView, from: number, end: number): number {
  let at = from;
  let depth = 0;
  for (;;) {
    const first = bytes[at];
    if (first === 0x7b || first === 0x5b) {
      if (depth === mostNested) return -1;
      at += 1;
      if (bytes[at] === closing(first)) at += 1;
      else {
        around[depth] = first === 0x7b ? inObject : inArray;
        depth += 1;
        if (first === 0x7b) at = afterName(bytes, at, end);
        if (at < 0) return -1;
        continue;
      }
    } else at = endOfScalar(bytes, view, at, end);
    if (at < 0) return -1;
    while (depth > 0 && bytes[at] === (around[depth - 1] === inObject ? 0x7d : 0x5d)) {
      depth -= 1;
      at += 1;
    }
    if (at > end) return -1;
    if (depth === 0) return at;
    if (bytes[at] !== 0x2c) return -1;
    at += 1;
    if (around[depth - 1] === inObject) at = afterName(bytes, at, end);
    if (at < 0) return -1;
  }
}

function closing(opening: number): number {
  return opening === 0x7b ? 0x7d : 0x5d;
}

/** Behind the name at `at` and its colon. */
function afterName(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== 0x22) return -1;
  if (bytes[at + 1] === 0x24 && !isOurs(bytes, at + 1)) return -1;
  for (let next = at + 1; next < end; next++) {
    const byte = bytes[next] as number;
    if (byte === 0x22) return bytes[next + 1] === 0x3a ? next + 2 : -1;
    if (byte < 0x20 || byte === 0x5c) return -1;
  }
  return -1;
}

const ours = Buffer.from('$runledger"');

function isOurs(bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < ours.length; index++) if (bytes[at + index] !== ours[index]) return false;
  return true;
}

function endOfScalar(bytes: Uint8Array, view: DataView, at: number, end: number): number {
  switch (bytes[at]) {
    case 0x22:
      return endOfString(bytes, view, at + 1, end);
    case 0x74:
      return endOfWord(bytes, at, "true");
    case 0x66:
      return endOfWord(bytes, at, "false");
    case 0x6e:
      return endOfWord(bytes, at, "null");
    default:
      return endOfNumber(bytes, at);
  }
}

function endOfString(bytes: Uint8Array, view: DataView, from: number, end: number): number {
  let at = from;
  while (at < end - 4 && endsOrEscapes(view.getInt32(at)) === 0) at += 4;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === 0x22) return at + 1;
    if (byte < 0x20) return -1;
    if (byte !== 0x5c) continue;
    at += 1;
    if (bytes[at] === 0x75) {
      for (let digit = 0; digit < 4; digit++) if (!isHexDigit(bytes[++at] as number)) return -1;
    } else if (!isEscape(bytes[at] as number)) return -1;
  }
  return -1;
}

/** `"`, `\`, `/`, b, f, n, r or t. */
function isEscape(byte: number): boolean {
  return (
    byte === 0x22 ||
    byte === 0x5c ||
    byte === 0x2f ||
    byte === 0x62 ||
    byte === 0x66 ||
    byte === 0x6e ||
    byte === 0x72 ||
    byte === 0x74
  );
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46);
}

function endOfWord(bytes: Uint8Array, at: number, word: string): number {
  for (let index = 0; index < word.length; index++) if (bytes[at + index] !== word.charCodeAt(index)) return -1;
  return at + word.length;
}

function endOfNumber(bytes: Uint8Array, from: number): number {
  const start = bytes[from] === 0x2d ? from + 1 : from;
  const whole = bytes[start] === 0x30 ? start + 1 : endOfDigits(bytes, start);
  const decimal = whole >= 0 && bytes[whole] === 0x2e ? endOfDigits(bytes, whole + 1) : whole;
  if (decimal < 0 || (bytes[decimal] !== 0x65 && bytes[decimal] !== 0x45)) return decimal;
  const sign = bytes[decimal + 1];
  return endOfDigits(bytes, sign === 0x2b || sign === 0x2d ? decimal + 2 : decimal + 1);
}

/** -1 if there is no digit. */
function endOfDigits(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at] as number)) at += 1;
  return at === from ? -1 : at;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
