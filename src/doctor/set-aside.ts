import path from "node:path";
import type { Disk } from "../durable/disk.ts";
import type { ExaminedRun, ExaminedStore } from "./examined-run.ts";
import { type Finding, finding } from "./finding.ts";

const asideName = /^ledger\.torn-[0-9a-f]{8}$|\.corrupt-[0-9a-f]{8}$/;

/** What recoveries have kept of the run, for people. */
export function setAsideOfRun({ world, run, runId, examination }: ExaminedRun): Finding[] {
  const { taskId } = examination.state ?? {};
  const directories = [run.directory, ...(taskId === undefined ? [] : [run.receiptsOf(taskId)])];
  return directories.flatMap((directory) => setAsideIn(world.disk, directory, runId));
}

export function setAsideOfStore({ world, place }: ExaminedStore): Finding[] {
  return [place.layout.snapshots].flatMap((directory) => setAsideIn(world.disk, directory));
}

function setAsideIn(disk: Disk, directory: string, runId?: string): Finding[] {
  if (disk.stat(directory) === undefined) return [];
  const names = disk.list(directory).map(({ name }) => name);
  return names
    .filter((name) => asideName.test(name))
    .map((name) => {
      const message = "kept when something was mended; nothing reads it";
      return finding("FILE_SET_ASIDE", { runId, file: path.join(directory, name), message });
    });
}
