import type { DiskFile } from "../durable/disk.ts";
import { errnoOf, RunledgerError } from "../errors.ts";
import { refuseFullDisk } from "../run/place/free-space.ts";
import type { ExaminedStore } from "./examined-run.ts";
import { type Finding, finding } from "./finding.ts";

const server = "locks and syncs are what a server, or another program, makes of them";
const memory = "it is in memory: a power cut takes all of it";
const layer = "what is written stays in a container's layer, and goes with the container";

/** `f_type` of statfs(2), as Linux defines it → what it is, and why a ledger is not safe there. */
const doubtful: ReadonlyMap<number, readonly [name: string, why: string]> = new Map([
  [0x6969, ["NFS", server]],
  [0xff534d42, ["CIFS", server]],
  [0xfe534d42, ["SMB", server]],
  [0x517b, ["SMB", server]],
  [0x65735546, ["FUSE", server]],
  [0x01021997, ["9P", server]],
  [0x786f4256, ["a VirtualBox shared folder", server]],
  [0x00c36400, ["Ceph", server]],
  [0x0bd00bd0, ["Lustre", server]],
  [0x5346414f, ["AFS", server]],
  [0x01021994, ["tmpfs", memory]],
  [0x858458f6, ["ramfs", memory]],
  [0x794c7630, ["overlayfs", layer]],
]);

/** Whether the file system of the store is known not to keep what it says. */
export function fileSystemFindings({ world, place }: ExaminedStore): Finding[] {
  const { store } = place.layout;
  const found = world.host.platform === "linux" ? doubtful.get(world.disk.fileSystemType(store)) : undefined;
  if (found === undefined) return [];
  const [name, why] = found;
  return [finding("FILE_SYSTEM_DOUBTFUL", { file: store, message: `the store is on ${name}: ${why}` })];
}

/** Whether runs are refused for want of space. */
export function freeSpaceFindings({ world, place }: ExaminedStore): Finding[] {
  refuseFullDisk(world, place);
  return [];
}

/**
 * Whether the lock of a file keeps a second handle out. Tried on a file that nobody else locks; nothing is created or
 * written. What cannot be opened for writing cannot be tried.
 */
export function lockFindings({ world, place }: ExaminedStore): Finding[] {
  const file = place.layout.gitignore;
  const opened: DiskFile[] = [];
  try {
    for (let each = 0; each < 2; each += 1) opened.push(world.disk.open(file, "update"));
  } catch {
    for (const each of opened) each.close();
    return [];
  }
  try {
    const [first, second] = opened.map((each) => each.tryLock());
    if (!first || !second) return [];
    return [finding("LOCK_UNTRUSTED", { file, message: "two handles got its lock at the same time" })];
  } catch (error) {
    const why = error instanceof RunledgerError ? error.message : `the system says ${errnoOf(error)}`;
    return [finding("LOCK_UNTRUSTED", { file, message: `kernel locks cannot be had here: ${why}` })];
  } finally {
    for (const each of opened) each.close();
  }
}
