import type { LogPiece } from "../index.ts";
import type { Output } from "./output.ts";
import { dim } from "./parts.ts";

/** Shows logs at a terminal: under a line that says whose they are, cleaned. */
export class LogScreen {
  readonly #output: Output;
  #decoder = new TextDecoder();
  #source = "";
  #lineIsOpen = false;

  constructor(output: Output) {
    this.#output = output;
  }

  async show(pieces: Iterable<LogPiece>): Promise<void> {
    try {
      for (const piece of pieces) {
        if (this.#output.unread) return;
        this.#head(piece);
        await this.#text(this.#decoder.decode(piece.bytes, { stream: true }));
      }
    } finally {
      this.#endLine();
    }
  }

  #head({ agent, step, attempt, source }: LogPiece): void {
    const whose = [agent, step, attempt === undefined ? undefined : `attempt ${attempt}`, source];
    const head = whose.filter((part) => part !== undefined).join("  ");
    if (head === this.#source) return;
    this.#endLine();
    this.#source = head;
    this.#decoder = new TextDecoder();
    this.#output.line(dim(`── ${head}`));
  }

  async #text(text: string): Promise<void> {
    if (text === "") return;
    await this.#output.block(text);
    this.#lineIsOpen = !text.endsWith("\n");
  }

  #endLine(): void {
    if (this.#lineIsOpen) this.#output.line("");
    this.#lineIsOpen = false;
  }
}
