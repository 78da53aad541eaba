import type { FileKind } from "../durable/disk.ts";
import type { ExaminedRun, ExaminedStore } from "./examined-run.ts";
import { type Finding, finding } from "./finding.ts";

/** Whether the run's lock can be one. What else of it is of the wrong kind is found where it is read. */
export function kindsOfRun({ world, run, runId }: ExaminedRun): Finding[] {
  return wrongKind(world, run.lock, "file", runId);
}

/** The same for what all runs share. */
export function kindsOfStore({ world, place: { layout } }: ExaminedStore): Finding[] {
  const directories = [layout.runs, ...layout.shared].flatMap((directory) => wrongKind(world, directory, "directory"));
  return [...wrongKind(world, layout.startLock, "file"), ...directories];
}

function wrongKind({ disk }: ExaminedStore["world"], file: string, wanted: FileKind, runId?: string): Finding[] {
  const kind = disk.stat(file)?.kind ?? wanted;
  // A symlink is somebody's wish.
  if (kind === wanted || kind === "symlink") return [];
  return [finding("KIND_WRONG", { runId, file, message: `it is no ${wanted}, and has to be one` })];
}
