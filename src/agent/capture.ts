import type { ObjectRef } from "../protocol/fields.ts";
import type { Secrets } from "./secrets.ts";
import type { StreamRedactor } from "./stream-redactor.ts";
import { Utf8Check } from "./utf8-check.ts";

/** Output of at most this many bytes that is UTF-8 is recorded as a string. */
const maxInlineBytes = 16_384;

/** Where large output goes: the part of the object store that is needed here. */
export interface ObjectSink {
  writer(): {
    write(chunk: Uint8Array): void;
    finish(mediaType: string): ObjectRef;
    discard(): void;
  };
}

/** One captured stream: its text, or a reference to an object of its bytes. */
export type Captured = string | ObjectRef;

/** Captures one stream, redacted while it comes, in constant memory whatever is printed. */
export class Capture {
  readonly #objects: ObjectSink;
  readonly #redactor: StreamRedactor | undefined;
  readonly #onRedacted: ((bytes: Uint8Array) => void) | undefined;
  readonly #utf8 = new Utf8Check();
  /** At most {@link maxInlineBytes}; empty once there is a writer. */
  #inline: Uint8Array[] = [];
  #inlineBytes = 0;
  #writer: ReturnType<ObjectSink["writer"]> | undefined;

  /** `onRedacted` sees every byte once, after redaction. */
  constructor(objects: ObjectSink, secrets: Secrets, onRedacted?: (bytes: Uint8Array) => void) {
    this.#objects = objects;
    this.#redactor = secrets.streamRedactor();
    this.#onRedacted = onRedacted;
  }

  write(chunk: Uint8Array): void {
    this.#take(this.#redactor === undefined ? chunk : this.#redactor.write(chunk));
  }

  /** The stream has ended. An object is durable when this returns. */
  finish(): Captured {
    if (this.#redactor !== undefined) this.#take(this.#redactor.flush());
    if (this.#writer === undefined && this.#utf8.valid) return Buffer.concat(this.#inline).toString();
    const mediaType = this.#utf8.valid ? "text/plain; charset=utf-8" : "application/octet-stream";
    const writer = this.#openWriter();
    this.#writer = undefined;
    return writer.finish(mediaType);
  }

  /** Nobody wants what was captured. */
  discard(): void {
    this.#writer?.discard();
  }

  #take(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#utf8.write(bytes);
    this.#onRedacted?.(bytes);
    if (this.#writer === undefined && this.#inlineBytes + bytes.length <= maxInlineBytes) {
      // A copy: a stream that prints byte by byte would keep one large chunk alive for each.
      this.#inline.push(Uint8Array.from(bytes));
      this.#inlineBytes += bytes.length;
    } else {
      this.#openWriter().write(bytes);
    }
  }

  #openWriter(): ReturnType<ObjectSink["writer"]> {
    if (this.#writer !== undefined) return this.#writer;
    this.#writer = this.#objects.writer();
    for (const bytes of this.#inline) this.#writer.write(bytes);
    this.#inline = [];
    return this.#writer;
  }
}
