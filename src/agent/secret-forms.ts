/**
 * One way in which a secret may be written: units, one after the other. Of each unit the bytes that come say which of its
 * spellings is meant, so that a match never goes back.
 */
export interface SecretForm {
  readonly units: readonly Unit[];
  /** Whether a line may be broken between two units. */
  readonly wraps: boolean;
}

/** The spellings of one character, byte or digit. A sequence is longer than one byte and is tried before the bytes. */
export interface Unit {
  readonly bytes: ReadonlySet<number>;
  readonly sequences: readonly Uint8Array[];
}

/**
 * The forms in which `value` is recognised: as it is; as JSON writes it in a string, whatever it escapes; percent-encoded,
 * a space also as `+`; in base64 of either alphabet, wherever in what is encoded it begins, with or without line breaks.
 */
export function formsOf(value: string): SecretForm[] {
  const bytes = Buffer.from(value);
  const text = [{ units: [...bytes].map(byteUnit), wraps: false }];
  if (/[^A-Za-z0-9]/.test(value)) {
    text.push(
      { units: Array.from(value, jsonUnit), wraps: false },
      { units: [...bytes].map(percentUnit), wraps: false },
    );
  }
  return [...text, ...[0, 1, 2].map((before) => ({ units: base64Units(bytes, before), wraps: true }))];
}

function byteUnit(byte: number): Unit {
  return unitOf([byte]);
}

/** A character in a JSON string. Quotes, backslashes and control characters are always escaped, the others may be. */
function jsonUnit(character: string): Unit {
  const short = JSON.stringify(character).slice(1, -1);
  const codes = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  const lower = codes.map((code) => `\\u${code.toString(16).padStart(4, "0")}`).join("");
  const upper = codes.map((code) => `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`).join("");
  const solidus = character === "/" ? ["\\/"] : [];
  return unitOf([], [short, lower, upper, ...solidus]);
}

function percentUnit(byte: number): Unit {
  if (/[A-Za-z0-9]/.test(String.fromCharCode(byte))) return unitOf([byte]);
  const hex = byte.toString(16).padStart(2, "0");
  const encoded = [`%${hex}`, `%${hex.toUpperCase()}`];
  if (byte === space) return unitOf([], [...encoded, "+"]);
  return byte === percent ? unitOf([], encoded) : unitOf([byte], encoded);
}

const space = 0x20;
const percent = 0x25;

/**
 * The digits that `bytes` have a part in, where `before` bytes are encoded together with the first of them. Without a
 * first digit that is shared with what stands before: it tells at most four bits, and too much would begin like it.
 */
function base64Units(bytes: Uint8Array, before: number): Unit[] {
  const skippedBits = [0, 4, 2][before] ?? 0;
  const knownBits = bytes.length * 8 - skippedBits;
  const digitAt = (index: number) => {
    const bit = skippedBits + index * 6;
    const two = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    return (two >> (10 - (bit & 7))) & 63;
  };
  const units = Array.from({ length: Math.floor(knownBits / 6) }, (_, index) => digitUnits[digitAt(index)] as Unit);
  const sharedBits = 6 - (knownBits % 6);
  if (sharedBits === 6) return units;
  const last = digitAt(units.length);
  return [...units, anyOf(digitUnits.slice(last, last + 2 ** sharedBits))];
}

/** The digits of base64, of either alphabet; the last two also as they are escaped in an address or by JSON. */
const digitUnits: readonly Unit[] = [
  ...Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", (digit) => unitOf(codesOf(digit))),
  unitOf(codesOf("+-"), ["%2b", "%2B"]),
  unitOf(codesOf("/_"), ["%2f", "%2F", "\\/"]),
];

function anyOf(units: readonly Unit[]): Unit {
  const bytes = new Set(units.flatMap((unit) => [...unit.bytes]));
  return { bytes, sequences: units.flatMap((unit) => unit.sequences) };
}

function codesOf(text: string): number[] {
  return [...Buffer.from(text)];
}

/** Spellings of one byte count as bytes, however they are given. */
function unitOf(bytes: readonly number[], spellings: readonly string[] = []): Unit {
  const sequences = [...new Set(spellings)].map((text) => Buffer.from(text));
  const single = sequences.filter((sequence) => sequence.length === 1).map((sequence) => sequence[0] ?? 0);
  return { bytes: new Set([...bytes, ...single]), sequences: sequences.filter((sequence) => sequence.length > 1) };
}
