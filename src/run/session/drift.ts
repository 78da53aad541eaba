import path from "node:path";
import { sha256 } from "../../idempotency/digest.ts";
import type { Artifact } from "../../protocol/fields.ts";
import { notMerelyCalls } from "../../runstate/commands.ts";
import { hashFile } from "../../snapshot/hash.ts";
import type { Manifest } from "../../snapshot/manifest.ts";
import type { ReadableRun } from "../command/readable-run.ts";

/** A path of the workspace that is not as the ledger says it was left. */
export interface Drift {
  readonly path: string;
  /** What the ledger knows of it: a step's artifact, or a file of the snapshot. */
  readonly kind: "artifact" | "snapshot";
  /** `sha256:…`, or null if it should not be, or is not, there. */
  readonly expected: string | null;
  readonly found: string | null;
  /** False where nobody said what may change: it is only warned of. */
  readonly counts: boolean;
}

/** What may be otherwise than recorded, and is no drift. */
export interface Changeable {
  /** The path is an output of a step that may have started and has not succeeded. */
  open(path: string): boolean;
  /** The path is an output of a step that may have started. */
  started(path: string): boolean;
  /** Every plain step that may have started says what it writes. */
  readonly allDeclared: boolean;
  /** False while something is in flight of which nobody knows what it writes: it may be making an artifact anew. */
  readonly artifactsCount: boolean;
}

/** Nobody knows what a function changes. (What steps may change is told from globs, which only task files have to load.) */
export function changeableByFunctions(run: ReadableRun): Changeable {
  const artifactsCount = [...notMerelyCalls(run.state.commands)].every(({ ended }) => ended !== undefined);
  return { open: () => false, started: () => false, allDeclared: false, artifactsCount };
}

/**
 * Compares the contents of the workspace with the ledger. `now` is its snapshot as it is, `before` the run's own, and
 * `mayChange` what steps may have left otherwise. What somebody chose to go on with before is no drift.
 */
export function findDrift(run: ReadableRun, mayChange: Changeable, before: Manifest, now: Manifest): Drift[] {
  const recorded = recordedArtifacts(run);
  const found = new Map(now.files.map((file) => [file.path, file.sha256]));
  const artifacts = [...recorded.values()]
    .filter(({ path }) => !mayChange.open(path))
    .map((artifact) => artifactDrift(run, artifact, mayChange.artifactsCount));
  const files = before.files
    .filter(({ path }) => !recorded.has(path) && !mayChange.started(path))
    .map(({ path, sha256 }) =>
      drift(path, "snapshot", sha256, found.get(path) ?? digestNow(run, path), mayChange.allDeclared),
    );
  return [...artifacts, ...files].filter((each) => differs(run, each));
}

function differs({ state }: ReadableRun, { path, expected, found }: Drift): boolean {
  return expected !== found && state.acceptedDrift.get(path) !== found;
}

function drift(path: string, kind: Drift["kind"], expected: string, found: string | null, counts: boolean): Drift {
  return { path, kind, expected, found, counts };
}

/** path → its latest record. */
export function recordedArtifacts(run: ReadableRun): Map<string, Artifact> {
  const endings = [...notMerelyCalls(run.state.commands)].flatMap((command) => command.ended ?? []);
  const inOrder = endings.sort((a, b) => a.seq - b.seq);
  const artifacts = inOrder.flatMap((ended) => run.recorded(ended.artifacts) as Artifact[]);
  return new Map(artifacts.map((artifact) => [artifact.path, artifact]));
}

/** Hashed by themselves: ignore rules may keep artifacts out of the snapshot. */
function artifactDrift(run: ReadableRun, artifact: Artifact, counts: boolean): Drift {
  return drift(artifact.path, "artifact", artifact.sha256, digestNow(run, artifact.path), counts);
}

/** Of the content, a symlink's being its target text; null if nothing of the kind is there. */
export function digestNow({ world, state }: ReadableRun, relative: string): string | null {
  const file = path.join(state.workspace, relative);
  switch (world.disk.stat(file)?.kind) {
    case "file":
      return hashFile(world.disk, file).sha256;
    case "symlink":
      return sha256(world.disk.readLink(file));
    default:
      return null;
  }
}
