/**
 * Replaces secrets in a stream of bytes, also where one is cut by the border of two chunks. What comes out is the same
 * for every division of the stream into chunks. Held back are at most `longestBytes - 1` bytes.
 */
export class StreamRedactor {
  readonly #pattern: RegExp;
  readonly #longestBytes: number;
  readonly #replace: (found: string) => string;
  /** What cannot be judged yet. Bytes are written as the characters of their numbers (latin1). */
  #held = "";

  constructor(pattern: RegExp, longestBytes: number, replace: (found: string) => string) {
    this.#pattern = pattern;
    this.#longestBytes = longestBytes;
    this.#replace = replace;
  }

  /** Takes the next bytes; gives those that are settled. */
  write(chunk: Uint8Array): Uint8Array {
    const text = this.#held + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
    // From here on a longer secret might begin whose end has not arrived yet, even where a shorter one fits.
    const settledBelow = Math.max(0, text.length - this.#longestBytes + 1);
    return this.#settle(text, settledBelow);
  }

  /** The stream has ended: gives what was held back. */
  flush(): Uint8Array {
    return this.#settle(this.#held, this.#held.length);
  }

  #settle(text: string, settledBelow: number): Uint8Array {
    const parts: string[] = [];
    let from = 0;
    for (const match of text.matchAll(this.#pattern)) {
      if (match.index >= settledBelow) break;
      parts.push(text.slice(from, match.index), this.#replace(match[0]));
      from = match.index + match[0].length;
    }
    const until = Math.max(from, settledBelow);
    parts.push(text.slice(from, until));
    this.#held = text.slice(until);
    return Buffer.from(parts.join(""), "latin1");
  }
}
