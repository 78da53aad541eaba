import type { ReadableRun } from "../run/command/readable-run.ts";
import { uncheckedTask } from "../run/read/named-steps.ts";
import { objectsOf, RecordedValues } from "../run/read/recorded-values.ts";
import { recordedArtifacts } from "../run/session/drift.ts";
import { manifestNow } from "../run/session/manifest-now.ts";
import type { SnapshotOption } from "../run/session/options.ts";
import { type Manifest, manifestOf } from "../snapshot/manifest.ts";
import type { ExaminedRun } from "./examined-run.ts";

/**
 * The manifest of the run's snapshot, made anew: the empty one, or the workspace's files as they are, with or without
 * what the run has made since. Undefined if none has the digest that the ledger names: the files have changed.
 */
export async function rebuiltManifest(examined: ExaminedRun): Promise<Manifest | undefined> {
  const { world, place, run, examination } = examined;
  const { state } = examination;
  if (state === undefined) return undefined;
  const there = { ...place, workspace: state.workspace };
  const { snapshot = {} } = (uncheckedTask(world, run) ?? {}) as { snapshot?: SnapshotOption };
  for (const globs of [false, snapshot] as const) {
    const now = await manifestNow(world, there, globs, "read-only").catch(() => undefined);
    const candidates = now === undefined ? [] : [now, withoutArtifacts(examined, now)];
    const found = candidates.find(({ digest }) => digest === state.snapshotDigest);
    if (found !== undefined) return found;
  }
  return undefined;
}

function withoutArtifacts(examined: ExaminedRun, { files, rules }: Manifest): Manifest {
  const { world, run, examination } = examined;
  const back = new RecordedValues(objectsOf(examined));
  const state = examination.state as ReadableRun["state"];
  const made = recordedArtifacts({ world, layout: run, state, recorded: (value) => artifactsIn(back.value(value)) });
  return manifestOf(
    files.filter(({ path }) => !made.has(path)),
    rules,
    world.clock,
  );
}

/** Those that cannot be read back are unknown. */
function artifactsIn(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
