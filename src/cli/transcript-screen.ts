import type { TranscriptItem } from "../index.ts";
import type { Output } from "./output.ts";
import { bold, dim, type Part, red, yellow } from "./parts.ts";

const longestData = 300;

/** Prints a transcript for people, each thing on a line behind its time, what was printed below it. */
export class TranscriptScreen {
  readonly #output: Output;
  #lineIsOpen = false;
  /** Whose output the last piece was. */
  #stream = "";

  constructor(output: Output) {
    this.#output = output;
  }

  async show(items: Iterable<TranscriptItem>): Promise<void> {
    try {
      for (const item of items) {
        if (this.#output.unread) return;
        if (item.kind === "output") await this.#piece(item);
        else this.#line(item);
      }
    } finally {
      this.#endLine();
    }
  }

  #line(item: TranscriptItem): void {
    this.#endLine();
    this.#stream = "";
    const { step, attempt, offset_ms: offsetMs } = item;
    const times = attempt === undefined || attempt === 1 ? "" : dim(` (attempt ${attempt})`);
    const whose: Part[] = step === undefined ? [] : [bold(step), times, "  "];
    this.#output.line(dim(offsetText(offsetMs)), "  ", ...whose, ...said(item));
  }

  /** Lines of a stream begin with its name; a line without an end may be longer than memory. */
  async #piece({ seq, name, text = "" }: TranscriptItem): Promise<void> {
    if (text === "") return;
    const stream = `${seq} ${name}`;
    if (stream !== this.#stream) this.#endLine();
    this.#stream = stream;
    const head = `    ${name} | `;
    const lines = text.replaceAll(/\n(?!$)/g, `\n${head}`);
    await this.#output.block(this.#lineIsOpen ? lines : head + lines);
    this.#lineIsOpen = !text.endsWith("\n");
  }

  #endLine(): void {
    if (this.#lineIsOpen) this.#output.line("");
    this.#lineIsOpen = false;
  }
}

/** `0:00:01.250`. */
function offsetText(offsetMs: number): string {
  const ms = Math.abs(offsetMs);
  const [hours, minutes, seconds] = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60].map(Math.floor);
  const two = (count = 0) => String(count).padStart(2, "0");
  return `${offsetMs < 0 ? "-" : ""}${hours}:${two(minutes)}:${two(seconds)}.${String(ms % 1000).padStart(3, "0")}`;
}

function said({ kind, name, status, from, text, data = {} }: TranscriptItem): Part[] {
  if (kind === "log") return [name === "error" ? red(`${name}: `) : dim(`${name}: `), text ?? "", ...facts(data)];
  if (kind === "command") return ["→ ", name];
  return [toned(name, status), from === "system" ? "" : dim(`  ${from}`), ...facts(withoutOutput(data))];
}

function toned(name: string, status: string | undefined): Part {
  if (status === "failed") return red(`${name} (failed)`);
  if (name === "error") return red(name);
  return /^(step|system|drift|ledger)\.|^run\.(paused|waiting)/.test(name) ? yellow(name) : name;
}

/** What a command printed comes below. */
function withoutOutput({ result, ...rest }: Record<string, unknown>): Record<string, unknown> {
  if (typeof result !== "object" || result === null || !("stdout" in result)) {
    return result === undefined ? rest : { ...rest, result };
  }
  const { stdout: _, stderr: __, ...ending } = result as Record<string, unknown>;
  return { ...rest, ...ending };
}

function facts(data: Record<string, unknown>): Part[] {
  const { code, message, ...rest } = data;
  const words = [code, message].filter((word) => typeof word === "string").join(": ");
  const others = Object.keys(rest).length === 0 ? "" : shortened(JSON.stringify(rest));
  return [words === "" ? "" : `  ${words}`, others === "" ? "" : dim(`  ${others}`)];
}

function shortened(text: string): string {
  return text.length <= longestData ? text : `${text.slice(0, longestData)}…`;
}
