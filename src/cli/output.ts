import { RunledgerError } from "../index.ts";
import { cleanBlock, cleanJson } from "./clean.ts";
import { type Part, rendered, widthOf } from "./parts.ts";

/** To the first column, and nothing behind it. */
const eraseLine = "\r\x1b[K";

/** What is needed of stdout and stderr. */
export interface OutputStream {
  readonly isTTY?: boolean;
  /** Of a terminal. */
  readonly columns?: number;
  /** `done`: it is written, or lost. */
  write(content: string | Uint8Array, done?: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

type StreamName = "stdout" | "stderr";

/**
 * Where words go. People's words go to stdout; with `--json` they go to stderr, and stdout gets one document. Nothing
 * reaches a terminal uncleaned. A pipe whose reader has gone is no fault: what is said from then on is dropped.
 */
export class Output {
  readonly json: boolean;
  readonly #open: (name: StreamName) => OutputStream;
  readonly #streams = new Map<StreamName, OutputStream>();
  readonly #gone = new Set<OutputStream>();
  /** A line stands at the terminal that the next one replaces. */
  #isPassing = false;
  /** The first error of a stream that is not a reader who has gone, e.g. a full disk. */
  #fault: Error | undefined;

  constructor(options: { json: boolean }, open: (name: StreamName) => OutputStream = (name) => process[name]) {
    this.json = options.json;
    this.#open = open;
  }

  /** A line for people. */
  line(...parts: Part[]): void {
    this.rows([parts]);
  }

  /** Lines for people that are known together: one write. */
  rows(lines: readonly (readonly Part[])[]): void {
    this.#say(this.#people, lines);
  }

  /** A line for people that the next one replaces: only at a terminal, and no wider than it. */
  passing(...parts: Part[]): void {
    const stream = this.#people;
    if (stream.isTTY !== true || widthOf(rendered(parts, false)) >= (stream.columns ?? 0)) return;
    this.#write(stream, rendered(parts, hasColour(stream)));
    this.#isPassing = true;
  }

  /** A text for people, of one or more lines, each after `indent`. */
  lines(text: string, indent = ""): void {
    this.rows(text.split("\n").map((line) => [indent + line]));
  }

  /** A line on stderr: what went wrong, and questions. */
  aside(...parts: Part[]): void {
    this.#say(this.#stream("stderr"), [parts]);
  }

  /** The one document of `--json`. */
  document(value: unknown): void {
    this.#write(this.#stream("stdout"), `${cleanJson(JSON.stringify(value, null, 2))}\n`);
  }

  /** A piece of a document that is written bit by bit, so that it may be larger than memory. */
  async documentPiece(json: string): Promise<void> {
    await this.#written(this.#stream("stdout"), cleanJson(json));
  }

  /** Recorded bytes on stdout, as they are: not for a terminal. */
  async bytes(bytes: Uint8Array): Promise<void> {
    await this.#written(this.#stream("stdout"), bytes);
  }

  /** Recorded text on stdout, of any number of lines and cleaned. */
  async block(text: string): Promise<void> {
    await this.#written(this.#stream("stdout"), cleanBlock(text));
  }

  get isTerminal(): boolean {
    return this.#stream("stdout").isTTY === true;
  }

  /** True once nobody reads stdout any more. */
  get unread(): boolean {
    return this.#gone.has(this.#stream("stdout"));
  }

  /** Waits until all is written. `WRITE_FAILED` if it could not be. */
  async finish(): Promise<void> {
    await Promise.all([...this.#streams.values()].map((stream) => this.#written(stream, "")));
    if (this.#fault === undefined) return;
    throw new RunledgerError("WRITE_FAILED", `the output could not be written: ${this.#fault.message}`, {
      hint: "Free the disk or choose another file, then type the same command again.",
    });
  }

  get #people(): OutputStream {
    return this.#stream(this.json ? "stderr" : "stdout");
  }

  #say(stream: OutputStream, lines: readonly (readonly Part[])[]): void {
    const colour = hasColour(stream);
    this.#write(stream, lines.map((parts) => `${rendered(parts, colour)}\n`).join(""));
  }

  #write(stream: OutputStream, content: string): void {
    if (this.#gone.has(stream)) return;
    if (this.#isPassing) this.#people.write(eraseLine);
    this.#isPassing = false;
    stream.write(content);
  }

  #written(stream: OutputStream, content: string | Uint8Array): Promise<void> {
    if (this.#gone.has(stream)) return Promise.resolve();
    return new Promise((resolve) => void stream.write(content, () => resolve()));
  }

  #stream(name: StreamName): OutputStream {
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    const stream = this.#open(name);
    stream.on("error", (error) => this.#failed(stream, error));
    this.#streams.set(name, stream);
    return stream;
  }

  #failed(stream: OutputStream, error: Error): void {
    this.#gone.add(stream);
    // A terminal whose window was closed answers with EIO.
    if (stream.isTTY || ("code" in error && error.code === "EPIPE")) return;
    this.#fault ??= error;
  }
}

/** Colour only at a terminal that has it, and where nobody asked for none (https://no-color.org). */
function hasColour(stream: OutputStream): boolean {
  return stream.isTTY === true && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
}
