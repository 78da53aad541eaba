import { formsOf, type SecretForm, type Unit } from "./secret-forms.ts";

/** A secret that was found: `bytes[start]` to before `bytes[end]`. */
export interface Found {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

interface NamedForm extends SecretForm {
  readonly name: string;
}

/** What a form comes to at one place: where it ends; that it does not fit; that more bytes are needed to tell. */
type Match = number | "none" | "unknown";

/**
 * Finds secrets in bytes, in each of their forms: the leftmost first, at one place the longest. The time is that of one
 * look at each pair of bytes, and more only where a secret could begin.
 */
export class SecretMatcher {
  /** By their first byte. */
  readonly #starting: readonly NamedForm[][] = Array.from({ length: 256 }, () => []);
  /** 1 for each two bytes with which a form can begin: first × 256 + second. */
  readonly #pairs = new Uint8Array(65_536);

  /** `secrets`: each value with the name that is shown for it. */
  constructor(secrets: Iterable<{ readonly name: string; readonly value: string }>) {
    for (const { name, value } of secrets) {
      for (const form of formsOf(value)) this.#add({ name, ...form });
    }
  }

  /**
   * The first secret from `from` on. `unknown` is the place from which nothing can be said before more bytes come; at the
   * end of what there is (`isEnd`) there is none.
   */
  next(bytes: Uint8Array, from: number, isEnd: boolean): Found | { readonly unknown: number } | undefined {
    const last = bytes.length - 1;
    for (let start = from; start <= last; start += 1) {
      const first = bytes[start] as number;
      if (start < last && this.#pairs[first * 256 + (bytes[start + 1] as number)] === 0) continue;
      const found = this.#at(bytes, start, first, isEnd);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #at(bytes: Uint8Array, start: number, first: number, isEnd: boolean): Found | { unknown: number } | undefined {
    let longest: Found | undefined;
    for (const form of this.#starting[first] ?? []) {
      const end = matchAt(form, bytes, start);
      if (end === "unknown" && !isEnd) return { unknown: start };
      if (typeof end === "number" && end > (longest?.end ?? 0)) longest = { name: form.name, start, end };
    }
    return longest;
  }

  #add(form: NamedForm): void {
    const [first, second] = form.units;
    if (first === undefined || second === undefined) return;
    const afterByte = [...startsOf(second), ...(form.wraps ? breakStarts : [])];
    const pairs = [
      ...[...first.bytes].flatMap((byte) => afterByte.map((next) => [byte, next] as const)),
      ...first.sequences.map((sequence) => [sequence[0] as number, sequence[1] as number] as const),
    ];
    for (const [byte, next] of pairs) this.#pairs[byte * 256 + next] = 1;
    for (const byte of startsOf(first)) this.#starting[byte]?.push(form);
  }
}

/** Line breaks, as they are and as JSON writes them. */
const breaks = ["\r\n", "\n", "\\r\\n", "\\n"].map((text) => Buffer.from(text));

const breakStarts = new Set(breaks.map((each) => each[0] as number));

function startsOf({ bytes, sequences }: Unit): Set<number> {
  return new Set([...bytes, ...sequences.map((sequence) => sequence[0] as number)]);
}

function matchAt({ units, wraps }: SecretForm, bytes: Uint8Array, start: number): Match {
  let at = start;
  for (let index = 0; index < units.length; index += 1) {
    if (wraps && index > 0 && breakStarts.has(bytes[at] as number)) {
      const after = anyOf(breaks, bytes, at);
      if (after === "unknown") return "unknown";
      if (after !== "none") at = after;
    }
    const after = spelled(units[index] as Unit, bytes, at);
    if (typeof after !== "number") return after;
    at = after;
  }
  return at;
}

function spelled({ bytes: single, sequences }: Unit, bytes: Uint8Array, at: number): Match {
  const byte = bytes[at];
  if (byte === undefined) return "unknown";
  const after = sequences.length === 0 ? "none" : anyOf(sequences, bytes, at);
  if (after !== "none") return after;
  return single.has(byte) ? at + 1 : "none";
}

/** Where the one of `sequences` ends that is there. None of them begins like a shorter one. */
function anyOf(sequences: readonly Uint8Array[], bytes: Uint8Array, at: number): Match {
  let unknown = false;
  for (const sequence of sequences) {
    let length = 0;
    while (length < sequence.length && bytes[at + length] === sequence[length]) length += 1;
    if (length === sequence.length) return at + length;
    if (at + length === bytes.length) unknown = true;
  }
  return unknown ? "unknown" : "none";
}
