import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** A system call of a traced process, as strace saw it. */
export interface SystemCall {
  /** The thread that made it; "" where only the main thread was traced. */
  readonly thread: string;
  readonly name: string;
  readonly arguments: readonly Argument[];
  /** -1: it failed. Undefined: the process was killed before the call had begun. */
  readonly result: number | undefined;
}

export interface Argument {
  /** As printed: a number, flags, or bytes in hexadecimal. */
  readonly word: string;
  /** The string that was given, or the path of the open file. */
  readonly bytes: Buffer | undefined;
}

export interface Traced {
  /** Of the process, 128 + n for a signal. */
  readonly status: number;
  readonly isKilled: boolean;
  readonly stderr: string;
  readonly calls: readonly SystemCall[];
}

interface TraceOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** Of the threads and children too; else of the main thread alone, so that calls can be counted. */
  readonly everyThread?: boolean;
  /** How much of what is written is kept. Paths are always whole. Default 0. */
  readonly dataBytes?: number;
  readonly kill?: Kill | undefined;
}

/** SIGKILL just before the nth call of this name. */
export interface Kill {
  readonly name: string;
  readonly nth: number;
}

/** The calls by which a process changes a file system or makes it durable. */
const changingCalls = "openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,unlink,rmdir,mkdir";

/** Why nothing can be traced here; undefined if it can. */
export function straceRefusal(): string | undefined {
  if (process.platform !== "linux") return "strace is a program of Linux";
  const tried = spawnSync("strace", ["-qq", "-e", "trace=none", "true"], { encoding: "utf8" });
  if (tried.error !== undefined) return "strace is not installed";
  return tried.status === 0 ? undefined : `strace may not trace: ${tried.stderr.trim().split("\n")[0]}`;
}

/** Runs a command under strace to its end. */
export async function trace(command: readonly string[], options: TraceOptions): Promise<Traced> {
  const log = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "runledger-strace-")), "log");
  try {
    const [program = "", ...words] = [...alone, "strace", ...traceArguments(options), "-o", log, ...command];
    const child = spawn(program, words, {
      cwd: options.cwd,
      env: { ...process.env, ...steady, ...options.env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = await endOf(child);
    return { ...ended, isKilled: ended.status === 128 + 9, calls: parseLog(fs.readFileSync(log, "latin1")) };
  } finally {
    fs.rmSync(path.dirname(log), { recursive: true, force: true });
  }
}

/** One thread in the pool; and an allocator that does not ask now and then how many processors there are. */
const steady = { UV_THREADPOOL_SIZE: "1", MALLOC_ARENA_MAX: "1" };

/** Root may give it a /proc of its own: else the calls of a resume, which looks there, depend on who else is alive. */
const alone = process.getuid?.() === 0 ? ["unshare", "--pid", "--fork", "--mount-proc"] : [];

function traceArguments({ everyThread = false, dataBytes = 0, kill }: TraceOptions): string[] {
  // A seccomp filter makes tracing cheaper, but a signal at its stops is lost.
  const threads = everyThread ? ["-f", "--seccomp-bpf"] : [];
  const inject = kill === undefined ? [] : ["-e", `inject=${kill.name}:signal=KILL:when=${kill.nth}`];
  return ["-qq", "-y", "-xx", "-s", String(dataBytes), ...threads, "-e", `trace=${changingCalls}`, ...inject];
}

async function endOf(child: ChildProcess): Promise<Pick<Traced, "status" | "stderr">> {
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  // A child that the killed process has left may hold the pipe: what counts is that the process has ended.
  const [status, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return { status: status ?? 128 + (signal === null ? 0 : os.constants.signals[signal]), stderr };
}

function parseLog(log: string): SystemCall[] {
  const begun = new Map<string, string>();
  return log.split("\n").flatMap((line) => {
    const [, thread = "", rest = ""] = /^(?:(\d+) +)?(.*)$/.exec(line) ?? [];
    const unfinished = /^(.*?) *<unfinished \.\.\.>$/.exec(rest)?.[1];
    if (unfinished !== undefined) {
      begun.set(thread, unfinished);
      return [];
    }
    const end = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1];
    return parseCall(thread, end === undefined ? rest : (begun.get(thread) ?? "") + end);
  });
}

/** None for lines of another kind: signals and ends. */
function parseCall(thread: string, text: string): SystemCall[] {
  const [, name, given = "", result = ""] = /^(\w+)\((.*?)\)? += (-?\d+|\?)/.exec(text) ?? [];
  if (name === undefined) return [];
  const words = given.split(", ").map((word) => ({ word, bytes: bytesIn(word) }));
  return [{ thread, name, arguments: words, result: result === "?" ? undefined : Number(result) }];
}

/** What stands in quotes or angle brackets, all of it as `\x2f`. */
function bytesIn(word: string): Buffer | undefined {
  const hexadecimal = /["<]((?:\\x[0-9a-f]{2})*)[">]/.exec(word)?.[1];
  return hexadecimal === undefined ? undefined : Buffer.from(hexadecimal.replaceAll("\\x", ""), "hex");
}
