import path from "node:path";
import { sha256 } from "../../idempotency/digest.ts";
import type { Artifact } from "../../protocol/fields.ts";
import { isStepDone } from "../../runstate/batch.ts";
import { notMerelyCalls } from "../../runstate/commands.ts";
import { globMatcher } from "../../snapshot/globs.ts";
import { hashFile } from "../../snapshot/hash.ts";
import type { Manifest } from "../../snapshot/manifest.ts";
import { itemInPath } from "../../task/placeholders.ts";
import type { ResolvedStep, ResolvedTask } from "../../task/task.ts";
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

/**
 * Compares the contents of the workspace with the ledger. `now` is its snapshot as it is, `before` the run's own; `task` is undefined
 * for functions, of which nobody knows what they change. What somebody chose to go on with before is no drift.
 */
export function findDrift(run: ReadableRun, task: ResolvedTask | undefined, before: Manifest, now: Manifest): Drift[] {
  const mayChange = changeable(run, task);
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

interface Changeable {
  /** The path is an output of a step that may have started and has not succeeded. */
  open(path: string): boolean;
  /** The path is an output of a step that may have started. */
  started(path: string): boolean;
  /** Every plain step that may have started says what it writes. */
  readonly allDeclared: boolean;
  /** False while something is in flight of which nobody knows what it writes: it may be making an artifact anew. */
  readonly artifactsCount: boolean;
}

function changeable(run: ReadableRun, task: ResolvedTask | undefined): Changeable {
  if (task === undefined) {
    const artifactsCount = [...notMerelyCalls(run.state.commands)].every(({ ended }) => ended !== undefined);
    return { open: () => false, started: () => false, allDeclared: false, artifactsCount };
  }
  const done = new Set(task.steps.filter((step) => isStepDone(run.state, step.id)).map((step) => step.id));
  const started = task.steps.filter((step) => step.needs.every((need) => done.has(need)));
  const open = started.filter((step) => !done.has(step.id));
  return {
    // Outputs of items that are done are recorded, and no other item may change them.
    open: matcher(open, false),
    started: matcher(started, true),
    allDeclared: started.every((step) => !("run" in step) || step.writes !== undefined),
    artifactsCount: true,
  };
}

function matcher(steps: readonly ResolvedStep[], ofItemsToo: boolean): (path: string) => boolean {
  const paths = steps.flatMap((step) => step.expected_outputs.map((output) => output.path));
  const outputs = new Set(paths);
  const ofItems = ofItemsToo ? paths.filter((path) => path.includes(itemInPath)).map(ofAnyItem) : [];
  const globs = steps.flatMap((step) => [...(step.writes ?? [])]);
  const matches = globMatcher(globs);
  return (path) => outputs.has(path) || matches(path) || ofItems.some((pattern) => pattern.test(path));
}

/** What the path of an output is for any item. */
function ofAnyItem(path: string): RegExp {
  const parts = path.split(itemInPath).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+")}$`, "s");
}
