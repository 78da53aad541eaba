import type { Readable, Writable } from "node:stream";

/**
 * Processes as a port: starting and ending them is injected, so that tests decide what the operating system does.
 * Whether a process is one of ours is asked elsewhere (see `sweep.ts`); here a pid is only a number.
 */
export interface Processes {
  /** The pid of this process. */
  readonly self: number;
  /**
   * Starts `command` (looked up in the PATH of `env` unless it contains `/`) in a session and process group of its own.
   * Rejects with the system's error (`code` is ENOENT, EACCES, E2BIG, …) if it could not be started.
   */
  spawn(command: string, commandArguments: readonly string[], options: SpawnOptions): Promise<Child>;
  /** True if a process of that pid lives, whoever started it. */
  exists(pid: number): boolean;
  /** Sends `signal` to one process. False if there is none of that pid, or not one of ours to end. */
  signal(pid: number, signal: NodeJS.Signals): boolean;
  /** Sends `signal` to every process of a group. False if nobody got it. */
  signalGroup(groupId: number, signal: NodeJS.Signals): boolean;
}

export interface SpawnOptions {
  readonly cwd: string;
  /** The whole environment: nothing else is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** `empty`: the child reads the end of the file at once; `pipe`: {@link Child.stdin} is open. */
  readonly stdin: "empty" | "pipe";
}

export interface Child {
  readonly pid: number;
  /** Undefined for `stdin: "empty"`. An error of writing (EPIPE) never crashes the process. */
  readonly stdin: Writable | undefined;
  /** Both must be read to their end, or the child blocks when the pipe is full. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the process itself has ended; others may still hold its pipes. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Sends `signal` to the child's process group. False if nobody is left in it. */
  endGroup(signal: NodeJS.Signals): boolean;
}

/** How a process ended: one of the two is null. */
export interface Exit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}
