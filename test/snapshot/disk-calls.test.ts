import path from "node:path";
import { expect, test } from "vitest";
import type { Disk, DiskFile } from "../../src/durable/disk.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { type Clock, systemClock } from "../../src/ports.ts";
import { type Workspace, workspace } from "./workspace.ts";

/** Speed decides no test; how often the disk is asked does. */
const fileCount = 300;
const directoryCount = 10;

/** Files written now are old enough for the cache an hour from now. */
const anHourLater: Clock = { ...systemClock, now: () => Date.now() + 3_600_000 };

function givenFiles(): Workspace {
  const it = workspace();
  for (let n = 0; n < fileCount; n++) it.write(`d${n % directoryCount}/f${n}`, `content ${n}`);
  return it;
}

/** The real disk, counting what is asked of it below the directories of the workspace. */
function counted(it: Workspace): { disk: Disk; calls: Record<string, number> } {
  const calls: Record<string, number> = {};
  const count = (call: string, file: string) => {
    if (file.startsWith(path.join(it.root, "d"))) calls[call] = (calls[call] ?? 0) + 1;
  };
  const countedFile = (file: DiskFile) =>
    new Proxy(file, {
      get: (target, member) => {
        const value: unknown = Reflect.get(target, member, target);
        if (typeof value !== "function") return value;
        count(`file.${String(member)}`, file.path);
        return value.bind(target);
      },
    });
  const disk: Disk = {
    ...nodeDisk,
    open: (file, mode) => {
      count("open", file);
      return countedFile(nodeDisk.open(file, mode));
    },
    stat: (file) => {
      count("stat", file);
      return nodeDisk.stat(file);
    },
    list: (directory) => {
      count("list", directory);
      return nodeDisk.list(directory);
    },
  };
  return { disk, calls };
}

test("a file that is not on record is opened, looked at twice, read once and closed", async () => {
  const it = givenFiles();
  const { disk, calls } = counted(it);
  await it.capture({ disk });
  expect(calls).toEqual({
    list: directoryCount,
    open: fileCount,
    "file.stat": 2 * fileCount,
    "file.read": fileCount,
    "file.close": fileCount,
  });
});

test("a file that is on record and did not change is looked at once", async () => {
  const it = givenFiles();
  await it.capture({ clock: anHourLater });
  const { disk, calls } = counted(it);
  await it.capture({ disk, clock: anHourLater });
  expect(calls).toEqual({ list: directoryCount, stat: fileCount });
});
