import type { Disk, DiskFile } from "../durable/disk.ts";
import type { Secrets } from "./secrets.ts";
import type { StreamRedactor } from "./stream-redactor.ts";

/** Of the diagnostics of one process so much is kept; the rest is counted. */
const maxStderrBytes = 16 * 1_048_576;

/**
 * The diagnostics of an agent: appended to a file, redacted, up to a limit. The file is not synced, and a file that
 * cannot be written loses diagnostics and nothing else: the stream is taken in any case, or the agent would block.
 */
export class StderrLog {
  readonly #redactor: StreamRedactor | undefined;
  #file: DiskFile | undefined;
  #writtenBytes = 0;
  #droppedBytes = 0;
  #failure: unknown;

  /** `path`: its directory exists. */
  constructor(disk: Disk, path: string, secrets: Secrets) {
    this.#redactor = secrets.streamRedactor();
    this.#try(() => {
      this.#file = disk.open(path, "append");
    });
  }

  write(chunk: Uint8Array): void {
    this.#keep(this.#redactor === undefined ? chunk : this.#redactor.write(chunk));
  }

  /** The error of the file, if it could not be written. */
  close(): unknown {
    if (this.#redactor !== undefined) this.#keep(this.#redactor.flush());
    if (this.#droppedBytes > 0) {
      const note = `\n[runledger: ${this.#droppedBytes} more bytes are not kept; the limit is ${maxStderrBytes} a process]\n`;
      this.#try(() => this.#file?.write(Buffer.from(note)));
    }
    this.#file?.close();
    return this.#failure;
  }

  #keep(bytes: Uint8Array): void {
    const kept = bytes.subarray(0, maxStderrBytes - this.#writtenBytes);
    this.#writtenBytes += kept.length;
    this.#droppedBytes += bytes.length - kept.length;
    if (kept.length > 0) this.#try(() => this.#file?.write(kept));
  }

  #try(action: () => void): void {
    if (this.#failure !== undefined) return;
    try {
      action();
    } catch (error) {
      this.#failure = error;
    }
  }
}
