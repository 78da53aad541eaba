import path from "node:path";
import type { Disk } from "../durable/disk.ts";
import type { StoreLayout } from "../durable/layout.ts";
import type { ExaminedStore } from "./examined-run.ts";
import { type Finding, finding } from "./finding.ts";

/** Files and directories of a run that others than its user may read or write. */
export function permissionsOfRun({ world, place }: ExaminedStore, runId: string): Finding[] {
  return report(world, wideInRun(world.disk, place.layout, runId), runId);
}

/** The same for what belongs to no run. */
export function permissionsOfStore({ world, place }: ExaminedStore): Finding[] {
  return report(world, wideInStore(world.disk, place.layout));
}

export function wideInRun(disk: Disk, layout: StoreLayout, runId: string): string[] {
  const { directory, agents } = layout.run(runId);
  // What agents keep in their own directories is theirs.
  return wideBelow(disk, directory, (file) => path.dirname(file) === agents);
}

/** A directory that somebody named as the store may hold other things, too: those are none of our business. */
export function wideInStore(disk: Disk, layout: StoreLayout): string[] {
  const { store, gitignore, startLock, runs, snapshots, objects, cache, backups } = layout;
  const ours = [gitignore, startLock, runs, snapshots, path.dirname(objects), cache, backups];
  const isOurs = childrenOf(disk, store).every((file) => ours.includes(file));
  const below = ours.flatMap((file) => wideBelow(disk, file, (each) => each === runs));
  return [...(isOurs ? wideBelow(disk, store, () => true) : []), ...below];
}

/** Takes all permissions from group and others. */
export function narrow(disk: Disk, files: readonly string[]): void {
  for (const file of files) {
    const mode = disk.stat(file)?.mode;
    if (mode !== undefined) disk.changeMode(file, mode & 0o700);
  }
}

/** On Windows modes say nothing. */
function report({ disk, host }: ExaminedStore["world"], files: readonly string[], runId?: string): Finding[] {
  const [file] = files;
  if (file === undefined || host.platform === "win32") return [];
  const mode = (disk.stat(file)?.mode ?? 0).toString(8).padStart(4, "0");
  const others = files.length === 1 ? "" : `, and ${files.length - 1} more`;
  const message = `others than its user may reach it (mode ${mode})${others}`;
  return [finding("PERMISSIONS_WIDE", { runId, file, message })];
}

/** `directory` and what is in it, as deep as `isEnd` lets it. Symlinks are not followed. */
function wideBelow(disk: Disk, directory: string, isEnd: (file: string) => boolean): string[] {
  const wide: string[] = [];
  const left = [directory];
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    const stat = disk.stat(file);
    if (stat === undefined || (stat.kind !== "file" && stat.kind !== "directory")) continue;
    if ((stat.mode & 0o077) !== 0) wide.push(file);
    if (stat.kind === "directory" && !isEnd(file)) left.push(...childrenOf(disk, file));
  }
  return wide.sort();
}

function childrenOf(disk: Disk, directory: string): string[] {
  return disk.list(directory).map(({ name }) => path.join(directory, name));
}
