/** One line without its LF, or the size of one that was too long. `bytes` is valid until the next line is asked for. */
export type Line = { readonly bytes: Uint8Array } | { readonly oversizeBytes: number };

/**
 * Divides a stream of bytes into lines ended by LF. A line is at most `maxLineBytes` with its LF; a longer one is skipped
 * to its end, and only counted. Memory is constant whatever is sent.
 */
export class LineSplitter {
  readonly #maxContentBytes: number;
  #held: Buffer | undefined;
  /** Bytes of the unfinished line, also those that are not held because it is too long. */
  #lengthBytes = 0;

  constructor(maxLineBytes: number) {
    this.#maxContentBytes = maxLineBytes - 1;
  }

  /** The lines that `chunk` completes. */
  *push(chunk: Uint8Array): Generator<Line, void> {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(0x0a, from);
      if (end < 0) break;
      yield this.#complete(chunk.subarray(from, end));
      from = end + 1;
    }
    this.#hold(chunk.subarray(from));
  }

  /** How many bytes came after the last LF. */
  get unfinishedBytes(): number {
    return this.#lengthBytes;
  }

  #complete(rest: Uint8Array): Line {
    const sizeBytes = this.#lengthBytes + rest.length;
    const whole = this.#lengthBytes === 0;
    if (!whole) this.#hold(rest);
    this.#lengthBytes = 0;
    if (sizeBytes > this.#maxContentBytes) return { oversizeBytes: sizeBytes + 1 };
    return { bytes: whole ? rest : (this.#held ?? rest).subarray(0, sizeBytes) };
  }

  #hold(bytes: Uint8Array): void {
    const sizeBytes = this.#lengthBytes + bytes.length;
    if (bytes.length > 0 && sizeBytes <= this.#maxContentBytes) {
      this.#held ??= Buffer.allocUnsafe(this.#maxContentBytes);
      this.#held.set(bytes, this.#lengthBytes);
    }
    this.#lengthBytes = sizeBytes;
  }
}
