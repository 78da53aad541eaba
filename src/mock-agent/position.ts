import { makeDirectories } from "../durable/directories.ts";
import type { Disk } from "../durable/disk.ts";
import { agentMemory } from "../durable/layout.ts";
import { errnoOf } from "../errors.ts";

/**
 * Which response of an action's list a command takes, from 1, counted over all processes of a run. One that was only
 * begun, and that goes well if it is let, is taken again by the same command: a kill from outside moves nothing.
 */
export type Positions = (command: { action: string; key: string }, goesWell: (position: number) => boolean) => number;

/** Without a directory the count begins anew with each process. */
export function scriptPositions(disk: Disk, stateDirectory: string | undefined): Positions {
  const counts = new Map<string, number>();
  return (command, goesWell) => {
    const next = (counts.get(command.action) ?? 0) + 1;
    counts.set(command.action, next);
    return stateDirectory === undefined ? next : claim(disk, stateDirectory, command, goesWell);
  };
}

/** Durable when it returns: what follows from the position may be the end of this process. */
function claim(
  disk: Disk,
  stateDirectory: string,
  { action, key }: { action: string; key: string },
  goesWell: (position: number) => boolean,
): number {
  const layout = agentMemory(stateDirectory);
  makeDirectories(disk, stateDirectory, layout.directory);
  let position = 1;
  for (; !isCreated(disk, layout.scriptPosition(action, position), key); position++) {
    const claimedBy = Buffer.from(disk.readFile(layout.scriptPosition(action, position))).toString();
    if (claimedBy === key && goesWell(position)) return position;
  }
  disk.syncDirectory(layout.directory);
  return position;
}

function isCreated(disk: Disk, path: string, key: string): boolean {
  try {
    const file = disk.open(path, "create");
    try {
      file.write(Buffer.from(key), 0);
      file.sync();
    } finally {
      file.close();
    }
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}
