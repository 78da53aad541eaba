import path from "node:path";
import type { OpenMode } from "../../src/durable/disk.ts";
import type { Argument, SystemCall } from "./strace.ts";

/** One thing that is done to a file system, or asked of it. Paths are absolute. */
export type Change =
  | { readonly change: "makeDirectory" | "removeDirectory" | "unlink"; readonly path: string }
  | { readonly change: "open"; readonly path: string; readonly mode: Exclude<OpenMode, "read" | "read-unfollowed"> }
  /** `position` undefined: at the end. */
  | { readonly change: "write"; readonly path: string; readonly position: number | undefined; readonly bytes: Buffer }
  | { readonly change: "truncate"; readonly path: string; readonly sizeBytes: number }
  /** `sync` also of directories. */
  | { readonly change: "datasync" | "sync"; readonly path: string }
  | { readonly change: "rename"; readonly path: string; readonly to: string };

/** A change, and the system call that makes it. */
export interface ChangingCall {
  readonly change: Change;
  readonly call: SystemCall;
}

/**
 * The calls that change what is below `directory`, or sync it, in their order: without those that failed and those
 * that only open for reading.
 */
export function changesBelow(directory: string, calls: readonly SystemCall[]): ChangingCall[] {
  return calls.flatMap((call) => {
    const change = call.result === -1 ? undefined : changeOf(call);
    const isBelow = change?.path === directory || change?.path.startsWith(`${directory}/`);
    return change !== undefined && isBelow ? [{ change, call }] : [];
  });
}

/** In words that are the same for every run: ids and random parts of names are left out. */
export function shapeOf({ change, path: file, ...more }: Change, directory: string): string {
  const words = [change, file, ...("to" in more ? [more.to] : []), ...("mode" in more ? [more.mode] : [])];
  return words
    .join(" ")
    .replaceAll(directory, "")
    .replace(/run-\d{8}-\d{6}-[0-9a-f]{8}/g, "RUN")
    .replace(/\.[0-9a-f]{8}\.tmp/g, ".tmp")
    .replace(/torn-[0-9a-f]{8}/g, "torn-HEX8");
}

function changeOf({ name, arguments: given }: SystemCall): Change | undefined {
  const [first, second, third, fourth] = given;
  const file = textOf(first);
  switch (name) {
    case "openat":
      return openOf(path.resolve(file, textOf(second)), third?.word.split("|") ?? []);
    case "write":
      return { change: "write", path: file, position: undefined, bytes: second?.bytes ?? Buffer.alloc(0) };
    case "pwrite64":
      return { change: "write", path: file, position: numberOf(fourth), bytes: second?.bytes ?? Buffer.alloc(0) };
    case "ftruncate":
      return { change: "truncate", path: file, sizeBytes: numberOf(second) };
    case "fdatasync":
      return { change: "datasync", path: file };
    case "fsync":
      return { change: "sync", path: file };
    case "rename":
      return { change: "rename", path: file, to: textOf(second) };
    case "unlink":
      return { change: "unlink", path: file };
    case "rmdir":
      return { change: "removeDirectory", path: file };
    case "mkdir":
      return { change: "makeDirectory", path: file };
    default:
      return undefined;
  }
}

function openOf(file: string, flags: readonly string[]): Change | undefined {
  const has = (flag: string) => flags.includes(flag);
  if (!has("O_RDWR") && !has("O_WRONLY")) return undefined;
  if (has("O_APPEND")) return { change: "open", path: file, mode: "append" };
  if (has("O_EXCL")) return { change: "open", path: file, mode: "create" };
  return { change: "open", path: file, mode: has("O_CREAT") ? "lock" : "update" };
}

function textOf(argument: Argument | undefined): string {
  return argument?.bytes?.toString() ?? "";
}

function numberOf(argument: Argument | undefined): number {
  return Number(argument?.word);
}
