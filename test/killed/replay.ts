import { createHash } from "node:crypto";
import type { DiskFile } from "../../src/durable/disk.ts";
import { type DiskImage, walkFiles } from "../simulated/disk-image.ts";
import { Medium } from "../simulated/medium.ts";
import { SimulatedDisk } from "../simulated/simulated-disk.ts";
import type { Change } from "./changes.ts";

/** Makes the same changes to a simulated disk; every image that it passes through. */
export function replay(image: DiskImage, changes: readonly Change[]): DiskImage[] {
  const images: DiskImage[] = [];
  const disk = new SimulatedDisk(new Medium(image, (each) => images.push(each)));
  const open = new Map<string, DiskFile>();
  for (const change of changes) apply(disk, open, change);
  return images;
}

function apply(disk: SimulatedDisk, open: Map<string, DiskFile>, change: Change): void {
  const { path } = change;
  const file = () => open.get(path) ?? disk.open(path, "read");
  if (change.change === "open") open.set(path, disk.open(path, change.mode));
  else if (change.change === "write") file().write(change.bytes, change.position);
  else if (change.change === "truncate") file().truncate(change.sizeBytes);
  else if (change.change === "datasync") file().datasync();
  else if (change.change === "sync" && disk.stat(path)?.kind !== "directory") file().sync();
  else if (change.change === "sync") disk.syncDirectory(path);
  else if (change.change === "rename") {
    for (const name of [path, change.to]) open.delete(name);
    disk.rename(path, change.to);
  } else {
    open.delete(path);
    disk[change.change](path);
  }
}

/** Says the same of two images if the same names stand for the same bytes, but for the files that are left out. */
export function contentOf(image: DiskImage, isLeftOut: (path: string) => boolean): string {
  const hash = createHash("sha1");
  for (const [path, , inode] of [...walkFiles(image)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0${inode.kind}\0`);
    if (inode.kind === "file" && !isLeftOut(path))
      hash.update(`${inode.pages.bytes.length}\0`).update(inode.pages.bytes);
  }
  return hash.digest("base64");
}
