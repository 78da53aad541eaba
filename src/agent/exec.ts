import type { Clock } from "../ports.ts";
import { Capture, type Captured, type ObjectSink } from "./capture.ts";
import type { Child, Exit, Processes } from "./processes.ts";
import { readPipe } from "./read-pipe.ts";
import type { Secrets } from "./secrets.ts";
import { isStarted, type NotStarted, startChild } from "./start-child.ts";
import { type Limits, Supervision } from "./supervision.ts";

export interface ExecOptions extends Limits {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly objects: ObjectSink;
  /** A text is given to `/bin/sh -c`; a list is a program and its arguments, without a shell. */
  readonly run: string | readonly string[];
  /** The workspace: an absolute path. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Output as it comes, redacted. Control characters are in it: whoever shows it cleans it. */
  onOutput?(stream: "stdout" | "stderr", text: string): void;
}

/** What is recorded of a plain command. No times: the same work gives the same result. */
export interface ExecResult {
  readonly exit_code: number | null;
  /** Set if a signal ended it that was not ours (an out-of-memory killer, an operator). */
  readonly signal: string | null;
  readonly stdout: Captured;
  readonly stderr: Captured;
}

/**
 * - `exited`: it ended by itself; success is exit code 0.
 * - `deadline`: we ended it after `timeoutMs`; `result` is what it printed until then.
 * - `stopped`: we ended it because `signal` or `killSignal` was aborted. Nothing is kept.
 * - `not_started`: it had no effect at all.
 */
export type ExecOutcome =
  | { readonly kind: "exited"; readonly result: ExecResult }
  | { readonly kind: "deadline"; readonly result: ExecResult }
  | { readonly kind: "stopped" }
  | NotStarted;

/**
 * Runs a plain command to its end: stdin is empty, output is captured and redacted while it streams. Never waits for
 * background processes that keep the pipes open (see `read-pipe.ts`). Throws only where output cannot be kept
 * (the object store fails); the command is then ended.
 */
export async function runExec(options: ExecOptions): Promise<ExecOutcome> {
  if (options.signal?.aborted || options.killSignal?.aborted) return { kind: "stopped" };
  const command = typeof options.run === "string" ? ["/bin/sh", "-c", options.run] : options.run;
  const child = await startChild(options.processes, command, { cwd: options.cwd, env: options.env, stdin: "empty" });
  if (!isStarted(child)) return child;
  const supervision = new Supervision(child, options.clock, options);
  const captures = { stdout: captureOf("stdout", options), stderr: captureOf("stderr", options) };
  try {
    const exit = await untilEnd(child, captures, supervision, options);
    return outcomeOf(exit, captures, supervision);
  } catch (error) {
    captures.stdout.discard();
    captures.stderr.discard();
    throw error;
  } finally {
    supervision.close();
  }
}

interface Captures {
  readonly stdout: Capture;
  readonly stderr: Capture;
}

function captureOf(stream: "stdout" | "stderr", options: ExecOptions): Capture {
  if (options.onOutput === undefined) return new Capture(options.objects, options.secrets);
  const decoder = new TextDecoder();
  return new Capture(options.objects, options.secrets, (bytes) => {
    options.onOutput?.(stream, decoder.decode(bytes, { stream: true }));
  });
}

async function untilEnd(
  child: Child,
  captures: Captures,
  supervision: Supervision,
  { clock }: ExecOptions,
): Promise<Exit> {
  const read = (stream: "stdout" | "stderr") =>
    readPipe({
      stream: child[stream],
      child,
      clock,
      patienceMs: () => supervision.patienceMs(),
      take: (chunk) => captures[stream].write(chunk),
    }).catch((error) => {
      supervision.kill("stopped");
      throw error;
    });
  const ends = await Promise.allSettled([read("stdout"), read("stderr")]);
  const exit = await child.exited;
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return exit;
}

function outcomeOf(exit: Exit, { stdout, stderr }: Captures, { reason }: Supervision): ExecOutcome {
  if (reason === "stopped") {
    stdout.discard();
    stderr.discard();
    return { kind: "stopped" };
  }
  const result: ExecResult = {
    exit_code: exit.exitCode,
    signal: exit.signal,
    stdout: stdout.finish(),
    stderr: stderr.finish(),
  };
  return { kind: reason === "deadline" ? "deadline" : "exited", result };
}
