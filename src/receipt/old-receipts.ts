import type { DiskFile } from "../durable/disk.ts";
import { viewOf } from "../ledger/fixed-text.ts";

const windowBytes = 1 << 20;

/** What an earlier life left of a file, read from its beginning as far as it is what is expected. */
export class OldReceipts {
  /** Bytes that were as expected. */
  agreedBytes = 0;
  readonly #file: DiskFile;
  readonly #sizeBytes: number;
  #window = Buffer.alloc(0);
  #view = viewOf(this.#window);
  /** Where in the window what was not compared yet begins. */
  #next = 0;
  #readBytes = 0;

  constructor(file: DiskFile) {
    this.#file = file;
    this.#sizeBytes = file.stat().sizeBytes;
  }

  /** True if `line` comes next: then it lies behind. */
  areLine(line: Uint8Array): boolean {
    this.#hold(line.length);
    const found = this.#window.subarray(this.#next, this.#next + line.length);
    return Buffer.compare(found, line) === 0 && this.#pass(line.length);
  }

  /** The same for a line of at most `most` bytes that `endOf` knows when it sees it. */
  areKnown(most: number, endOf: (view: DataView, start: number) => number): boolean {
    this.#hold(most);
    const end = endOf(this.#view, this.#next);
    return end >= 0 && this.#pass(end - this.#next);
  }

  close(): void {
    this.#file.close();
  }

  #pass(bytes: number): true {
    this.#next += bytes;
    this.agreedBytes += bytes;
    return true;
  }

  /** The window holds so many bytes more, or all that are left. */
  #hold(bytes: number): void {
    const held = this.#window.length - this.#next;
    const left = this.#sizeBytes - this.#readBytes;
    if (held >= bytes || left === 0) return;
    const window = Buffer.allocUnsafe(held + Math.min(Math.max(windowBytes, bytes), left));
    this.#window.copy(window, 0, this.#next);
    let filled = held;
    while (filled < window.length) {
      const read = this.#file.read(window.subarray(filled), this.#readBytes);
      if (read === 0) break;
      filled += read;
      this.#readBytes += read;
    }
    this.#window = window.subarray(0, filled);
    this.#view = viewOf(this.#window);
    this.#next = 0;
  }
}
