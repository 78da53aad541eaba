import { isUtf8 } from "node:buffer";

/** Judges whether a stream of bytes is UTF-8, whatever its chunks; keeps at most three bytes of it. */
export class Utf8Check {
  #valid = true;
  #unfinished: Uint8Array = new Uint8Array();

  write(chunk: Uint8Array): void {
    if (!this.#valid) return;
    const bytes = this.#unfinished.length === 0 ? chunk : Buffer.concat([this.#unfinished, chunk]);
    const whole = wholeLength(bytes);
    this.#valid = isUtf8(bytes.subarray(0, whole));
    // A copy: the chunk's memory must not be kept alive for three bytes.
    this.#unfinished = Uint8Array.from(bytes.subarray(whole));
  }

  /** True if everything written was UTF-8 and ends with a whole character. */
  get valid(): boolean {
    return this.#valid && this.#unfinished.length === 0;
  }
}

/** How many bytes are before a character that the end of `bytes` cuts. */
function wholeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    const isContinuation = (byte & 0xc0) === 0x80;
    if (!isContinuation) return sequenceLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function sequenceLength(firstByte: number): number {
  if (firstByte >= 0xf0) return 4;
  if (firstByte >= 0xe0) return 3;
  return firstByte >= 0xc0 ? 2 : 1;
}
