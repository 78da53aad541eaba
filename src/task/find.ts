import path from "node:path";
import type { Disk } from "../durable/disk.ts";
import { checkedId } from "../durable/layout.ts";
import { RunledgerError } from "../errors.ts";
import { taskRefusal } from "./problem.ts";
import { orReadFailure } from "./read-failure.ts";
import { likelySpelling } from "./spelling.ts";

/** Where a task is looked for. `workspace` and `cwd` are absolute. */
export interface TaskReference {
  readonly disk: Disk;
  readonly workspace: string;
  /** Paths are relative to it, as on any command line. */
  readonly cwd: string;
  /** An id, looked up as `<workspace>/tasks/<id>.{yaml,yml,json}`; or a path: what contains `/` or ends in one of these. */
  readonly reference: string;
}

export interface FoundTask {
  /** Absolute. */
  readonly file: string;
  /** The name for people: as short as it gets from `cwd`. */
  readonly shown: string;
  /** The id by which it was found. */
  readonly id: string | undefined;
}

const extensions = [".yaml", ".yml", ".json"];

/**
 * The file that `reference` means. `TASK_NOT_FOUND` says where was looked and what is close; `TASK_INVALID` if two files
 * have the id; `ID_INVALID` for what is neither id nor path.
 */
export function findTask(reference: TaskReference): FoundTask {
  const named = reference.reference;
  if (named.includes("/") || extensions.some((extension) => named.endsWith(extension))) return findByPath(reference);
  return findById(reference, checkedId(named, "task id"));
}

function findByPath({ disk, workspace, cwd, reference }: TaskReference): FoundTask {
  const file = path.resolve(cwd, reference);
  if (isThere(disk, file)) return { file, shown: shownFrom(cwd, file), id: undefined };
  const id = path.basename(reference, path.extname(reference));
  throw notFound(`no such task file: ${file}`, likelySpelling(id, knownIds(disk, tasksOf(workspace))), [file]);
}

function findById({ disk, workspace, cwd }: TaskReference, id: string): FoundTask {
  const directory = tasksOf(workspace);
  const names = extensions.map((extension) => id + extension);
  const candidates = names.map((name) => path.join(directory, name));
  const [file, ...others] = candidates.filter((candidate) => isThere(disk, candidate));
  if (file === undefined) {
    const sentence = `no task ${id}: in ${directory} there is no ${names.join(", ")}`;
    throw notFound(sentence, likelySpelling(id, knownIds(disk, directory)), candidates);
  }
  const shown = shownFrom(cwd, file);
  if (others.length === 0) return { file, shown, id };
  const says = `the id ${id} stands for ${others.map((other) => path.basename(other)).join(" and ")} as well; keep one file`;
  throw taskRefusal("TASK_INVALID", shown, [{ field: "", says }]);
}

function isThere(disk: Disk, file: string): boolean {
  return orReadFailure(file, () => disk.stat(file)) !== undefined;
}

function notFound(sentence: string, likely: string | undefined, searched: string[]): RunledgerError {
  const near = `Did you mean ${likely}? Then: --task ${likely}`;
  const any = "Give the path of a task file, or the id of one in the folder tasks of the workspace (--workspace DIR).";
  return new RunledgerError("TASK_NOT_FOUND", sentence, {
    hint: likely === undefined ? any : near,
    details: { searched, likely: likely ?? null },
  });
}

function tasksOf(workspace: string): string {
  return path.join(workspace, "tasks");
}

function knownIds(disk: Disk, directory: string): string[] {
  const files = listQuietly(disk, directory).filter((name) => extensions.includes(path.extname(name)));
  return files.map((name) => path.basename(name, path.extname(name))).sort();
}

/** It only serves a suggestion: that the task was not found is the error to report. */
function listQuietly(disk: Disk, directory: string): string[] {
  try {
    return disk.list(directory).map(({ name }) => name);
  } catch {
    return [];
  }
}

function shownFrom(cwd: string, file: string): string {
  const relative = path.relative(cwd, file);
  return relative === "" || relative.startsWith("..") ? file : relative;
}
