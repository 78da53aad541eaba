import path from "node:path";
import { isPathId } from "../durable/layout.ts";
import { ownerOf } from "../durable/replace.ts";
import { seenOwner } from "../run/place/seen-owner.ts";
import type { ExaminedRun, ExaminedStore } from "./examined-run.ts";
import { type Finding, finding } from "./finding.ts";

/** Files that the run's dead process had begun. */
export function temporariesOfRun({ world, place, run, runId, alive, examination }: ExaminedRun): Finding[] {
  if (alive) return [];
  const { taskId } = examination.state ?? {};
  const receipts = taskId === undefined ? [] : [run.receiptsOf(taskId)];
  const directories = [run.directory, place.layout.snapshots, place.layout.objects, ...receipts];
  const left = directories.flatMap((directory) => temporariesIn(world, directory, (owner) => owner === runId));
  return left.map((file) => finding("TEMPORARY_LEFT", { runId, file, message: "a file that was never finished" }));
}

const youngMs = 60_000;

/** Files that belong to no run, or to one that is not there. */
export function temporariesOfStore({ world, place }: ExaminedStore): Finding[] {
  const { layout } = place;
  const isOrphan = (owner: string) => isPathId(owner) && world.disk.stat(layout.run(owner).directory) === undefined;
  const left = [
    ...[layout.store, layout.cache].flatMap((directory) =>
      temporariesIn(world, directory, (owner) => owner === "store"),
    ),
    ...[layout.snapshots, layout.objects].flatMap((directory) => temporariesIn(world, directory, isOrphan)),
  ];
  // The process that last started a run may be at it again: then it is writing the young ones.
  const mayBeWriting = seenOwner(world, { lock: layout.startLock }).exists;
  const isYoung = (file: string) => world.clock.now() - (world.disk.stat(file)?.modifiedMs ?? 0) < youngMs;
  const old = mayBeWriting ? left.filter((file) => !isYoung(file)) : left;
  return old.map((file) => finding("TEMPORARY_LEFT", { file, message: "a file that was never finished" }));
}

function temporariesIn(
  { disk }: ExaminedStore["world"],
  directory: string,
  isMeant: (owner: string) => boolean,
): string[] {
  if (disk.stat(directory) === undefined) return [];
  const names = disk.list(directory).map(({ name }) => name);
  return names.filter((name) => isMeant(ownerOf(name) ?? "")).map((name) => path.join(directory, name));
}
