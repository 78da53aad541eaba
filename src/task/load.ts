import type { Disk } from "../durable/disk.ts";
import type { RunledgerError } from "../errors.ts";
import { type FoundTask, findTask, type TaskReference } from "./find.ts";
import { taskRefusal } from "./problem.ts";
import { orReadFailure } from "./read-failure.ts";

/** A longer file is no task written by people, and parsing takes time and memory that grow with it. */
const maxFileBytes = 1024 * 1024;

export interface LoadedTask<Task> {
  readonly task: Task;
  /** Absolute. */
  readonly file: string;
}

/**
 * Finds and reads the task that `reference` names, by `parse` (see {@link findTask} for what is refused). Besides:
 * `TASK_INVALID` for what is no regular file of UTF-8 up to 1 MiB, or has another id than it was looked up by;
 * `PERMISSION` and `READ_FAILED` for what the system refuses.
 */
export function loadTask<Task>(
  reference: TaskReference,
  parse: (text: string, file: string) => Task,
  idOf: (task: Task) => string,
): LoadedTask<Task> {
  const found = findTask(reference);
  const task = parse(readText(reference.disk, found), found.shown);
  if (found.id !== undefined && found.id !== idOf(task)) {
    const says = `expected ${found.id}, by which the file was looked up, found ${idOf(task)}`;
    throw taskRefusal("TASK_INVALID", found.shown, [{ field: "id", says }]);
  }
  return { task, file: found.file };
}

function readText(disk: Disk, found: FoundTask): string {
  const bytes = readBytes(disk, found);
  try {
    // Drops a byte order mark.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {}
  throw refusal(found, "the file is not UTF-8 text");
}

function readBytes(disk: Disk, found: FoundTask): Uint8Array {
  // A symlink to nothing is a task that is not there.
  const file = orReadFailure(found.file, () => disk.realPath(found.file));
  const stat = orReadFailure(file, () => disk.stat(file));
  // Hostile: reading a pipe or a device waits for ever or never ends.
  if (stat?.kind !== "file")
    throw refusal(found, `expected a file, found a ${stat?.kind === "directory" ? "directory" : "pipe or device"}`);
  if (stat.sizeBytes > maxFileBytes) {
    throw refusal(found, `the file has ${stat.sizeBytes} bytes; a task file has at most ${maxFileBytes}`);
  }
  return orReadFailure(file, () => disk.readFile(file));
}

function refusal({ shown }: FoundTask, says: string): RunledgerError {
  return taskRefusal("TASK_INVALID", shown, [{ field: "", says }]);
}
