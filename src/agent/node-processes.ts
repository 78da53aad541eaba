import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { nodeDisk } from "../durable/node-disk.ts";
import { errnoOf, invariant } from "../errors.ts";
import type { Child, Exit, Processes, SpawnOptions } from "./processes.ts";

/** The {@link Processes} of this machine, on `node:child_process`. */
export const nodeProcesses: Processes = {
  self: process.pid,
  spawn: start,
  exists,
  signal: sent,
  signalGroup: (groupId, signal) => sent(-groupId, signal),
};

async function start(command: string, commandArguments: readonly string[], options: SpawnOptions): Promise<Child> {
  // Not before it is needed: what only looks at runs starts nothing.
  const { spawn } = await import("node:child_process");
  const started = spawn(command, commandArguments, {
    cwd: options.cwd,
    env: { ...options.env },
    // detached: setsid(2), so that a Ctrl-C at our terminal does not reach it and its whole group can be ended.
    detached: true,
    stdio: [options.stdin === "pipe" ? "pipe" : "ignore", "pipe", "pipe"],
  });
  const exited = exitOf(started);
  started.stdin?.on("error", ignore);
  await new Promise<void>((resolve, reject) => {
    started.once("spawn", resolve);
    // Kept for life: an error after the start (a failed kill) has no other listener and would end this process.
    started.on("error", reject);
  });
  return childOf(started, exited);
}

function childOf(started: ChildProcess, exited: Promise<Exit>): Child {
  const { pid } = started;
  invariant(pid !== undefined, "a process that was started has a pid");
  return {
    pid,
    stdin: started.stdin ?? undefined,
    stdout: piped(started.stdout),
    stderr: piped(started.stderr),
    exited,
    endGroup: (signal) => sent(-pid, signal),
  };
}

/** Listened to from the first moment: a child may be gone before its start is reported. */
function exitOf(started: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    started.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
  });
}

function piped(stream: Readable | null): Readable {
  invariant(stream !== null, "stdout and stderr of a child are pipes");
  stream.on("error", ignore);
  return stream;
}

/** Signal 0 reaches nobody. EPERM: somebody else's. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errnoOf(error) !== "EPERM") return false;
  }
  return !isZombie(pid);
}

/** Ended, and its parent has taken no notice yet. Only Linux tells: behind the name, any text in parentheses. */
function isZombie(pid: number): boolean {
  try {
    const stat = Buffer.from(nodeDisk.readFile(`/proc/${pid}/stat`)).toString("latin1");
    return stat.startsWith("Z", stat.lastIndexOf(")") + 2);
  } catch {
    return false;
  }
}

/** ESRCH: nobody is there. EPERM: not ours, or (macOS) a zombie. */
function sent(target: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    if (errnoOf(error) === "ESRCH" || errnoOf(error) === "EPERM") return false;
    throw error;
  }
}

function ignore(): void {}
