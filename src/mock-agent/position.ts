import { makeDirectories } from "../durable/directories.ts";
import type { Disk } from "../durable/disk.ts";
import { agentMemory } from "../durable/layout.ts";
import { errnoOf } from "../errors.ts";

/** Counts the commands of an action, from 1, over all processes of a run. */
export type Positions = (action: string) => number;

/** Without a directory the count begins anew with each process. */
export function scriptPositions(disk: Disk, stateDirectory: string | undefined): Positions {
  const counts = new Map<string, number>();
  return (action) => {
    const next = (counts.get(action) ?? 0) + 1;
    const position = stateDirectory === undefined ? next : claim(disk, stateDirectory, action, next);
    counts.set(action, position);
    return position;
  };
}

/** Durable when it returns: what follows from the position may be the end of this process. */
function claim(disk: Disk, stateDirectory: string, action: string, first: number): number {
  const layout = agentMemory(stateDirectory);
  makeDirectories(disk, stateDirectory, layout.directory);
  let position = first;
  while (!isCreated(disk, layout.scriptPosition(action, position))) position += 1;
  disk.syncDirectory(layout.directory);
  return position;
}

function isCreated(disk: Disk, file: string): boolean {
  try {
    disk.open(file, "create").close();
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}
