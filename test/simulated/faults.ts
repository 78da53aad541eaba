/** The calls of the disk, as its journal names them: those of {@link DiskFile} begin with `file.`. */
export type CallName =
  | "open"
  | "readFile"
  | "stat"
  | "list"
  | "readLink"
  | "realPath"
  | "makeDirectory"
  | "rename"
  | "unlink"
  | "removeDirectory"
  | "syncDirectory"
  | "freeBytes"
  | "fileSystemType"
  | "changeMode"
  | "file.stat"
  | "file.read"
  | "file.write"
  | "file.truncate"
  | "file.datasync"
  | "file.sync"
  | "file.tryLock"
  | "file.close";

export interface Call {
  /** From 1, over the life of one process. */
  readonly n: number;
  readonly name: CallName;
  readonly path: string;
}

/**
 * How a call fails. The errno is always reported; `effect` is what became of what it was to do: nothing (`lost`), half
 * of it (`torn`; for calls that cannot be divided, nothing), or all of it (`kept`). A `short` write is no failure: the
 * rest is written by a second call.
 */
export interface Fault {
  readonly errno: string;
  readonly effect: "lost" | "torn" | "kept" | "short";
}

/** Asked before each call. It may answer with a fault, or throw {@link Crashed}. */
export type BeforeCall = (call: Call) => Fault | undefined;

/** The process is dead: nothing that it calls has an effect any more. */
export class Crashed extends Error {
  constructor() {
    super("the simulated process has died");
    this.name = "Crashed";
  }
}

export function systemError(errno: string, call: { name: string; path: string }): Error {
  return Object.assign(new Error(`${errno}: ${call.name} '${call.path}'`), { code: errno });
}
