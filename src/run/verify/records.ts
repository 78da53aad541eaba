import { RunledgerError } from "../../errors.ts";
import { runStateSchema } from "../../runstate/state-schema.ts";
import { loadManifest } from "../../snapshot/manifest-store.ts";
import type { ReadableRun } from "../command/readable-run.ts";
import type { Place } from "../place/store.ts";
import { recordedTask } from "../session/recorded-task.ts";
import type { Findings, Note } from "./findings.ts";

/** Checks what entry 1 vouches for, `task.json` and the manifest, and looks at `run.json`, which is only a copy. */
export function checkRecords(run: ReadableRun, place: Place, findings: Findings): void {
  const { world, layout, state } = run;
  findings.attempt(layout.task, () => recordedTask(run));
  const file = findings.attempt(layout.ledger, () => place.layout.manifest(state.snapshotId));
  if (file !== undefined) findings.attempt(file, () => checkManifest(run, place));
  const note = copyNote(run);
  if (note !== undefined && world.disk.stat(layout.runState) !== undefined) findings.note(note);
}

/** The id is a part of the digest: another manifest may have the same. */
function checkManifest({ world, state }: ReadableRun, place: Place): void {
  const { digest } = loadManifest(world.disk, place.layout, state.snapshotId);
  if (digest === state.snapshotDigest) return;
  throw new RunledgerError(
    "SNAPSHOT_ID_COLLISION",
    `the manifest has the digest ${digest}, the ledger says ${state.snapshotDigest}`,
  );
}

function copyNote({ world, layout }: ReadableRun): Note | undefined {
  const file = layout.runState;
  try {
    const copy = JSON.parse(Buffer.from(world.disk.readFile(file)).toString()) as { version?: unknown };
    if (typeof copy?.version === "number" && copy.version > 1) {
      return { code: "FORMAT_NEWER", file, message: `run.json is of version ${copy.version}, a newer one` };
    }
    if (runStateSchema.safeParse(copy).success) return undefined;
  } catch {}
  const message = "run.json is not as it was written; it is a copy, and the next resume replaces it";
  return { code: "RUN_STATE_DAMAGED", file, message };
}
