import path from "node:path";
import type { Disk } from "../durable/disk.ts";
import type { Artifact } from "../protocol/fields.ts";
import { comparePaths } from "../snapshot/path-order.ts";
import { artifactPlace } from "./artifact-path.ts";
import { hashDurably, synced } from "./durable-hash.ts";

export interface ArtifactOptions {
  readonly disk: Disk;
  /** Absolute. */
  readonly workspace: string;
  readonly expectedOutputs: readonly { readonly path: string; readonly required?: boolean | undefined }[];
  /** What an agent says it produced: checked, never believed. */
  readonly reported?: readonly Artifact[];
}

/** Why a step's artifacts cannot be recorded; the step has failed. */
interface ArtifactProblem {
  readonly path: string;
  readonly code:
    | "MISSING"
    | "PATH_INVALID"
    | "OUTSIDE_WORKSPACE"
    | "NOT_A_FILE"
    | "TOO_LARGE"
    | "UNREADABLE"
    | "UNSTABLE"
    | "MISMATCH";
  readonly sentence: string;
}

export type ArtifactsOutcome =
  /** Sorted by the UTF-8 bytes of their paths, none twice. Durable: the files and their directories up to the workspace. */
  | { readonly kind: "hashed"; readonly artifacts: Artifact[] }
  /** At least one; in the order of the paths. */
  | { readonly kind: "failed"; readonly problems: ArtifactProblem[] };

/**
 * Hashes the expected outputs that are there and what an agent reported, and makes them durable: a receipt never speaks
 * of a file that a power cut empties. Optional outputs that are missing are left out. Throws `WRITE_FAILED` if a file
 * or directory cannot be synced.
 */
export function hashArtifacts(options: ArtifactOptions): ArtifactsOutcome {
  const { disk } = options;
  const workspace = disk.realPath(options.workspace);
  const artifacts: Artifact[] = [];
  const problems: ArtifactProblem[] = [];
  const directories = new Set<string>();
  for (const wanted of wantedArtifacts(options)) {
    const found = hashOne(disk, workspace, wanted);
    if (found === undefined) continue;
    if ("code" in found) problems.push(found);
    else {
      artifacts.push(found.artifact);
      for (const each of directoriesUpTo(workspace, found.file)) directories.add(each);
    }
  }
  if (problems.length > 0) return { kind: "failed", problems };
  // The deepest first; an order in which no entry is durable before the directory that it names.
  for (const each of [...directories].sort((a, b) => b.length - a.length)) synced(each, () => disk.syncDirectory(each));
  return { kind: "hashed", artifacts };
}

interface Wanted {
  readonly path: string;
  readonly required: boolean;
  readonly reported: readonly Artifact[];
}

/** One for each path, sorted. What an agent reports must be there. */
function wantedArtifacts({ expectedOutputs, reported = [] }: ArtifactOptions): Wanted[] {
  const byPath = new Map<string, Wanted>();
  for (const { path, required = true } of expectedOutputs) {
    byPath.set(path, { path, required: required || byPath.get(path)?.required === true, reported: [] });
  }
  for (const each of reported) {
    const before = byPath.get(each.path)?.reported ?? [];
    byPath.set(each.path, { path: each.path, required: true, reported: [...before, each] });
  }
  return [...byPath.values()].sort((a, b) => comparePaths(a.path, b.path));
}

/** Undefined for an optional output that is not there. */
function hashOne(
  disk: Disk,
  workspace: string,
  wanted: Wanted,
): { artifact: Artifact; file: string } | ArtifactProblem | undefined {
  const place = artifactPlace(disk, workspace, wanted.path);
  if (place.kind === "refused") return problem(wanted.path, place.code, place.reason);
  if (place.kind === "missing") return wanted.required ? problem(wanted.path, "MISSING", "it is not there") : undefined;
  const hashed = hashDurably(disk, place.file);
  if ("code" in hashed) return problem(wanted.path, hashed.code, hashed.reason);
  const artifact = { path: wanted.path, sha256: hashed.sha256, size: hashed.size };
  const other = wanted.reported.find(({ sha256, size }) => sha256 !== artifact.sha256 || size !== artifact.size);
  if (other === undefined) return { artifact, file: place.file };
  const reason = `the agent reported ${other.size} bytes, ${other.sha256}; the file has ${artifact.size} bytes, ${artifact.sha256}`;
  return problem(wanted.path, "MISMATCH", reason);
}

/** The directories from the file's up to and including the workspace. */
function directoriesUpTo(workspace: string, file: string): string[] {
  const directories: string[] = [];
  for (let at = path.dirname(file); at !== workspace && at !== path.dirname(at); at = path.dirname(at))
    directories.push(at);
  return [...directories, workspace];
}

function problem(path: string, code: ArtifactProblem["code"], reason: string): ArtifactProblem {
  return { path, code, sentence: `${path}: ${reason}` };
}
