import type { DirectoryEntry, Disk } from "../durable/disk.ts";
import { RunledgerError } from "../errors.ts";
import type { Globs } from "./globs.ts";
import { type IgnoreRules, noIgnoreRules } from "./ignore-rules.ts";
import type { LeftOut } from "./manifest.ts";
import { sortPaths } from "./path-order.ts";
import { readRefusal } from "./read-refusal.ts";

/** What of a tree belongs to a snapshot. */
export interface Tree {
  /** Sorted by {@link sortPaths}, some at a time, while the walk goes on. To be taken once. */
  readonly files: Iterable<readonly FoundFile[]>;
  /** This and what was left out are complete when all files are taken. */
  readonly ignoreFiles: string[];
  readonly leftOut: LeftOut;
}

export interface FoundFile {
  /** Relative to the root, `/` between names. */
  readonly path: string;
  readonly isSymlink: boolean;
}

interface Walk {
  readonly disk: Disk;
  readonly root: string;
  /** Where the store lies, relative to the root. */
  readonly storePaths: readonly string[];
  readonly globs: Globs;
  readonly ignoreFiles: string[];
  readonly leftOut: Record<keyof LeftOut, number>;
}

/**
 * Lists the regular files and symlinks below `root`, an absolute path. Symlinks are not followed. A directory that
 * disappears meanwhile is treated as absent.
 *
 * Thrown where the files are taken: `SNAPSHOT_PATH_INVALID` for a name that is not UTF-8 and is not left out,
 * `PERMISSION`, `READ_FAILED`.
 */
export function walkTree(disk: Disk, root: string, storePaths: readonly string[], globs: Globs): Tree {
  const leftOut = { always: 0, ignored: 0, excluded: 0, not_included: 0, special: 0 };
  const walk: Walk = { disk, root, storePaths, globs, ignoreFiles: [], leftOut };
  return { files: walkDirectory(walk, "", noIgnoreRules), ignoreFiles: walk.ignoreFiles, leftOut };
}

function* walkDirectory(walk: Walk, directory: string, outerRules: IgnoreRules): Generator<readonly FoundFile[]> {
  const entries = listDirectory(walk, directory);
  const rules = withIgnoreFiles(walk, directory, entries, outerRules);
  const kept = entries.filter((entry) => isKept(walk, join(directory, entry.name), entry, rules));
  const symlinks = new Set(kept.filter(({ kind }) => kind === "symlink").map(({ name }) => name));
  const names = sortPaths(kept.map(nameToSort));
  let done = 0;
  for (const name of names.filter((each) => each.endsWith("/"))) {
    const at = names.indexOf(name, done);
    if (at > done) yield filesAt(directory, names.slice(done, at), symlinks);
    yield* walkDirectory(walk, join(directory, name.slice(0, -1)), rules);
    done = at + 1;
  }
  if (done < names.length) yield filesAt(directory, names.slice(done), symlinks);
}

/**
 * A directory has a `/` after its name and sorts by that, as what is in it: so all comes in the order of whole paths.
 */
function nameToSort({ name, kind }: DirectoryEntry): string {
  return kind === "directory" ? `${name}/` : name;
}

function filesAt(directory: string, names: readonly string[], symlinks: ReadonlySet<string>): FoundFile[] {
  return names.map((name) => ({ path: join(directory, name), isSymlink: symlinks.has(name) }));
}

function listDirectory(walk: Walk, directory: string): DirectoryEntry[] {
  const absolute = join(walk.root, directory);
  try {
    return walk.disk.list(absolute);
  } catch (error) {
    if (directory !== "" && walk.disk.stat(absolute) === undefined) return [];
    throw readRefusal(absolute, error);
  }
}

/** The last is the strongest: `.runledgerignore`, for in the order of bytes it comes behind `.gitignore`. */
function withIgnoreFiles(walk: Walk, directory: string, entries: DirectoryEntry[], outer: IgnoreRules): IgnoreRules {
  return sortPaths(entries.filter(isIgnoreFile).map(({ name }) => name)).reduce((rules, name) => {
    const path = join(directory, name);
    walk.ignoreFiles.push(path);
    return rules.with(directory, readIgnoreFile(walk, path));
  }, outer);
}

/** A symlink of that name is not obeyed, as in git: it may lead out of the workspace. */
function isIgnoreFile({ name, kind }: DirectoryEntry): boolean {
  return (name === ".gitignore" || name === ".runledgerignore") && kind === "file";
}

function readIgnoreFile(walk: Walk, path: string): Uint8Array {
  const absolute = join(walk.root, path);
  try {
    return walk.disk.readFile(absolute);
  } catch (error) {
    throw readRefusal(absolute, error);
  }
}

function isKept(walk: Walk, path: string, entry: DirectoryEntry, rules: IgnoreRules): boolean {
  const reason = reasonToLeaveOut(walk, path, entry, rules);
  if (reason !== undefined) walk.leftOut[reason]++;
  else checkName(walk, path, entry);
  return reason === undefined;
}

function reasonToLeaveOut(
  walk: Walk,
  path: string,
  entry: DirectoryEntry,
  rules: IgnoreRules,
): keyof LeftOut | undefined {
  const isDirectory = entry.kind === "directory";
  if (entry.name === ".git" || entry.name === "node_modules" || walk.storePaths.includes(path)) return "always";
  if (rules.ignores(path, isDirectory)) return "ignored";
  if (isDirectory ? walk.globs.excludesAll(path) : walk.globs.excludes(path)) return "excluded";
  if (isDirectory ? !walk.globs.mayInclude(path) : !walk.globs.includes(path)) return "not_included";
  return entry.kind === "other" ? "special" : undefined;
}

/** Such a name has no faithful form in JSON; two of them could become one path. */
function checkName(walk: Walk, path: string, entry: DirectoryEntry): void {
  if (entry.utf8 && !entry.name.includes("\0")) return;
  const problem = entry.utf8 ? "contains a NUL" : "is not UTF-8";
  throw new RunledgerError("SNAPSHOT_PATH_INVALID", `the name of ${JSON.stringify(path)} ${problem}`, {
    hint: `Rename it (it is in ${join(walk.root, path.slice(0, -entry.name.length))}) or leave it out with a line in .runledgerignore.`,
    details: { path },
  });
}

function join(directory: string, name: string): string {
  if (directory === "") return name;
  return name === "" ? directory : `${directory}/${name}`;
}
