import { Readable, Writable } from "node:stream";
import type { Child, Exit, SpawnOptions } from "../../src/agent/processes.ts";
import type { Clock } from "../../src/ports.ts";
import { systemError } from "./faults.ts";

/** How a program ends; `hang`: never by itself. */
export type ProgramEnd =
  | { readonly exitCode: number; readonly stdout?: string; readonly stderr?: string }
  | { readonly signal: NodeJS.Signals }
  | "hang";

/** A program: what it does to the world, in a turn of its own, and how it ends. */
export type Program = (call: ProgramCall) => ProgramEnd | Promise<ProgramEnd>;

/** What a program sees. Once it has been ended, nothing that it waits for comes any more. */
export interface ProgramCall {
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly pid: number;
  readonly clock: Clock;
  sleep(ms: number): Promise<void>;
  /** The next line of its stdin; undefined at the end. */
  nextLine(): Promise<string | undefined>;
  print(stdout: string): void;
  /** From now on only SIGKILL ends it. */
  ignoreSigterm(): void;
}

/** A program while it runs, from its start to its end. */
export class RunningProgram {
  readonly pid: number;
  readonly env: Readonly<Record<string, string>>;
  readonly child: Child;
  readonly #stdout = new Readable({ read: () => {} });
  readonly #stderr = new Readable({ read: () => {} });
  readonly #input = new LineQueue();
  readonly #resolveExit: (exit: Exit) => void;
  readonly #onEnd: () => void;
  readonly #clock: Clock;
  #running = true;
  #ignoresSigterm = false;

  /** `clock`: of its machine, given the question whether the program still runs. */
  constructor(
    pid: number,
    options: SpawnOptions,
    clockWhile: (isRunning: () => boolean) => Clock,
    endGroup: Child["endGroup"],
    onEnd: () => void,
  ) {
    this.pid = pid;
    this.env = options.env;
    this.#clock = clockWhile(() => this.#running);
    this.#onEnd = onEnd;
    const exit = Promise.withResolvers<Exit>();
    this.#resolveExit = exit.resolve;
    const stdin = options.stdin === "pipe" ? this.#stdin() : undefined;
    this.child = { pid, stdin, stdout: this.#stdout, stderr: this.#stderr, exited: exit.promise, endGroup };
  }

  /** Acts in a turn of its own after its start, and ends in a later one. */
  run(program: Program, commandArguments: readonly string[], cwd: string): void {
    const { pid, env } = this;
    const call: ProgramCall = {
      ...{ arguments: commandArguments, env, cwd, pid, clock: this.#clock },
      sleep: (ms) => new Promise((resolve) => void this.#clock.after(ms, resolve)),
      nextLine: () => this.#input.next(),
      print: (text) => void this.#stdout.push(Buffer.from(text)),
      ignoreSigterm: () => {
        this.#ignoresSigterm = true;
      },
    };
    this.#clock.soon(() => void this.#act(program, call));
  }

  async #act(program: Program, call: ProgramCall): Promise<void> {
    const how = await program(call);
    if (how !== "hang") this.#clock.soon(() => this.#endAs(how));
  }

  /** False if it did not reach it: the program has ended before. */
  signal(signal: NodeJS.Signals): boolean {
    if (!this.#running) return false;
    if (signal === "SIGKILL" || !this.#ignoresSigterm) this.#end({ exitCode: null, signal });
    return true;
  }

  /** Who started it is no more: its stdin has an end. */
  orphan(): void {
    this.#input.end();
  }

  #endAs(how: Exclude<ProgramEnd, "hang">): void {
    if ("signal" in how) {
      this.#end({ exitCode: null, signal: how.signal });
      return;
    }
    if (how.stdout) this.#stdout.push(Buffer.from(how.stdout));
    if (how.stderr) this.#stderr.push(Buffer.from(how.stderr));
    this.#end({ exitCode: how.exitCode, signal: null });
  }

  #end(exit: Exit): void {
    if (!this.#running) return;
    this.#running = false;
    this.#input.close();
    this.#stdout.push(null);
    this.#stderr.push(null);
    this.#onEnd();
    this.#resolveExit(exit);
  }

  #stdin(): Writable {
    const stdin = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (this.#running) this.#input.push(chunk.toString());
        done(this.#running ? null : systemError("EPIPE", { name: "write", path: "stdin" }));
      },
      final: (done) => {
        this.#input.end();
        done();
      },
    });
    stdin.on("error", () => {});
    return stdin;
  }
}

/** The lines of a stdin, for one reader. */
class LineQueue {
  readonly #lines: string[] = [];
  #rest = "";
  #ended = false;
  #closed = false;
  #waiting: ((line: string | undefined) => void) | undefined;

  push(text: string): void {
    const lines = `${this.#rest}${text}`.split("\n");
    this.#rest = lines.pop() ?? "";
    this.#lines.push(...lines);
    this.#serve();
  }

  end(): void {
    this.#ended = true;
    this.#serve();
  }

  /** The reader is gone: it gets nothing any more. */
  close(): void {
    this.#closed = true;
  }

  next(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#serve();
    });
  }

  #serve(): void {
    if (this.#waiting === undefined || this.#closed) return;
    if (this.#lines.length === 0 && !this.#ended) return;
    const resolve = this.#waiting;
    this.#waiting = undefined;
    resolve(this.#lines.shift());
  }
}
