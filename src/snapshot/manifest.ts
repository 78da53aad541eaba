import { sha256 } from "../idempotency/digest.ts";
import { type Clock, timestamp } from "../ports.ts";

/** One regular file or symlink of a snapshot. Members are always written in this order. */
export interface ManifestFile {
  /** `100755` if the owner may execute it; `120000` is a symlink, whose content is its target text. */
  readonly mode: "100644" | "100755" | "120000";
  /** Relative to the workspace, `/` between names. */
  readonly path: string;
  /** `sha256:<64 hex>` of the content. */
  readonly sha256: string;
  /** Bytes of the content. */
  readonly size: number;
}

/** The files of a workspace by content. Equal `files` have equal `digest` and `snapshot_id`, whatever the rest says. */
export interface Manifest {
  readonly version: 1;
  /** `snap-` and the first 12 hex digits of `digest`. */
  readonly snapshot_id: string;
  /** `sha256:<64 hex>` of the canonical JSON of `files`. */
  readonly digest: string;
  readonly created_at: string;
  readonly root: "./";
  readonly rules: SnapshotRules;
  /** Sorted by {@link comparePaths}, no path twice. */
  readonly files: readonly ManifestFile[];
}

/** What was left out, and by what. Told to people; no part of the digest. */
export interface SnapshotRules {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** The `.gitignore` and `.runledgerignore` files that were obeyed. */
  readonly ignore_files: readonly string[];
  readonly left_out: LeftOut;
}

/** Entries left out, by the first reason met. A directory that was not entered counts as one. */
export interface LeftOut {
  /** `.git`, `node_modules` and the store. */
  readonly always: number;
  /** By an ignore file. */
  readonly ignored: number;
  /** By an `exclude` glob. */
  readonly excluded: number;
  /** By no `include` glob, where there are any. */
  readonly not_included: number;
  /** Sockets, pipes and devices. */
  readonly special: number;
}

/** The manifest of `files`, which are sorted by {@link comparePaths}. `digest` is theirs, for who knows it. */
export function manifestOf(
  files: readonly ManifestFile[],
  rules: SnapshotRules,
  clock: Clock,
  digest: string = digestOf(files),
): Manifest {
  const snapshotId = snapshotIdOf(digest);
  return { version: 1, snapshot_id: snapshotId, digest, created_at: timestamp(clock), root: "./", rules, files };
}

/** The id of the empty manifest. */
export const emptySnapshotId = "snap-4f53cda18c2b";

/** Stands for "no snapshot": no files, `snap-4f53cda18c2b`. */
export function emptyManifest(clock: Clock): Manifest {
  const leftOut: LeftOut = { always: 0, ignored: 0, excluded: 0, not_included: 0, special: 0 };
  return manifestOf([], { include: [], exclude: [], ignore_files: [], left_out: leftOut }, clock);
}

/**
 * The digest of a list of files. Their members are in canonical order and their paths well-formed, so
 * `JSON.stringify` is the canonical JSON, without looking at each of a million values.
 */
export function digestOf(files: readonly ManifestFile[]): string {
  return sha256(JSON.stringify(files));
}

export function snapshotIdOf(digest: string): string {
  return `snap-${digest.slice("sha256:".length, "sha256:".length + 12)}`;
}
