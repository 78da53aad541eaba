/** Text that is looked for at a known place: compared four bytes at a time. At least four bytes of ASCII. */
export class FixedText {
  readonly text: string;
  readonly length: number;
  readonly #words: Int32Array;

  constructor(text: string) {
    this.text = text;
    const bytes = Buffer.from(text);
    const view = viewOf(bytes);
    this.length = bytes.length;
    this.#words = new Int32Array(Math.ceil(bytes.length / 4));
    for (let word = 0; word < this.#words.length; word++) this.#words[word] = view.getInt32(this.#placeOf(word));
  }

  /** True if it stands at `start`. The view reaches at least to its end. */
  isAt(view: DataView, start: number): boolean {
    const words = this.#words;
    const last = words.length - 1;
    for (let word = 0; word < last; word++) if (view.getInt32(start + 4 * word) !== words[word]) return false;
    return view.getInt32(start + this.length - 4) === words[last];
  }

  /** The last word overlaps the one before it, unless the length is a multiple of four. */
  #placeOf(word: number): number {
    return Math.min(4 * word, this.length - 4);
  }
}

/** True if the bytes from `start` to `end` are ASCII that JSON prints as itself. At least four bytes. */
export function isPlain(view: DataView, start: number, end: number): boolean {
  for (let at = start; at < end - 4; at += 4) if (!isPlainWord(view.getInt32(at))) return false;
  return isPlainWord(view.getInt32(end - 4));
}

function isPlainWord(word: number): boolean {
  return ((word & highBits) | endsOrEscapes(word)) === 0;
}

const highBits = 0x80808080 | 0;

/**
 * Not 0 if one of the four bytes is a quote, a backslash or a control byte: a byte less than n becomes negative when n is
 * taken from it, and one that is equal to another is 0 after an exclusive or.
 */
export function endsOrEscapes(word: number): number {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  return (
    (((word - 0x20202020) & ~word) | ((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes)) &
    highBits
  );
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
