import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { Disk, DiskFile } from "../../src/durable/disk.ts";
import { storeLayout } from "../../src/durable/layout.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { ObjectStore } from "../../src/objects/store.ts";
import { systemRandomness } from "../../src/ports.ts";

export const owner = "run-20261121-070000-0a1b2c3d";

/** A store in a folder of its own, for each test. */
export function givenStore() {
  const given = { folder: "", objects: undefined as unknown as ObjectStore };
  const layout = () => storeLayout(path.join(given.folder, ".runledger"));
  const onDisk = (disk: Disk) => new ObjectStore({ disk, randomness: systemRandomness, layout: layout(), owner });
  beforeEach(() => {
    given.folder = fs.mkdtempSync(path.join(os.tmpdir(), "runledger-objects-"));
    given.objects = onDisk(nodeDisk);
  });
  afterEach(() => fs.rmSync(given.folder, { recursive: true, force: true }));
  return Object.assign(given, { layout, onDisk });
}

/** All files below `folder`, relative, sorted. */
export function filesBelow(folder: string): string[] {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).sort();
}

type Call = [name: string, path: string];

/** The real disk, which tells `before` of every call that changes or syncs something; `before` may throw. */
export function watchedDisk(before: (...call: Call) => void): Disk {
  return {
    ...nodeDisk,
    open: (file, mode) => watchedFile(nodeDisk.open(file, mode), before),
    rename: (from, to) => {
      before("rename", to);
      nodeDisk.rename(from, to);
    },
    syncDirectory: (directory) => {
      before("syncDirectory", directory);
      nodeDisk.syncDirectory(directory);
    },
  };
}

function watchedFile(file: DiskFile, before: (...call: Call) => void): DiskFile {
  const watched: Partial<DiskFile> = {
    write: (bytes, position) => {
      before("write", file.path);
      file.write(bytes, position);
    },
    sync: () => {
      before("sync", file.path);
      file.sync();
    },
  };
  return new Proxy(file, {
    get: (target, name: keyof DiskFile) => {
      const member = watched[name] ?? target[name];
      return typeof member === "function" && !(name in watched) ? member.bind(target) : member;
    },
  });
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the test asked`), { code });
}
