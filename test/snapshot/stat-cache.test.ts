import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { Disk } from "../../src/durable/disk.ts";
import { storeLayout } from "../../src/durable/layout.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { type Clock, systemClock } from "../../src/ports.ts";
import { hashInWorkers } from "../../src/snapshot/hash-in-workers.ts";
import { type Workspace, workspace } from "./workspace.ts";

const files = { a: "first", "d/b": "second", "～": "third", "😀": "fourth" };

/** Files written now are old enough for the cache an hour from now. */
const anHourLater: Clock = { ...systemClock, now: () => Date.now() + 3_600_000 };

/** The real disk, which notes the files of the workspace that are read. */
function watched(it: Workspace): { disk: Disk; read: string[] } {
  const read: string[] = [];
  const disk: Disk = {
    ...nodeDisk,
    open: (file, mode) => {
      if (mode === "read-unfollowed" && file.startsWith(it.root)) read.push(path.relative(it.root, file));
      return nodeDisk.open(file, mode);
    },
  };
  return { disk, read };
}

async function secondCapture(it: Workspace, between: () => void, clock: Clock = anHourLater) {
  const first = await it.capture({ clock });
  between();
  const { disk, read } = watched(it);
  const second = await it.capture({ disk, clock });
  expect(second.files).toEqual((await it.capture({ cache: false })).files);
  return { first, second, read };
}

const cacheFile = (it: Workspace) => storeLayout(it.store).statCache;

test("files that did not change are not read again", async () => {
  const { first, second, read } = await secondCapture(workspace(files), () => {});
  expect(read).toEqual([]);
  expect(second.snapshot_id).toBe(first.snapshot_id);
});

test("worker threads read again what changed, and only that is learned anew", async () => {
  const it = workspace();
  const known = Array.from({ length: 600 }, (_, index) => `z${index}`);
  for (const name of known) it.write(name, name);
  await it.capture({ clock: anHourLater });
  for (let index = 0; index < 600; index++) it.write(`a${index}`, "new");
  for (const name of known.slice(100, 110)) it.write(name, "changed");
  for (const name of known.slice(200, 210)) fs.rmSync(path.join(it.root, name));
  const helped = await it.capture({ clock: anHourLater, hashMany: hashInWorkers });
  expect(helped.files).toEqual((await it.capture({ cache: false })).files);
  const { disk, read } = watched(it);
  expect((await it.capture({ disk, clock: anHourLater })).snapshot_id).toBe(helped.snapshot_id);
  expect(read).toEqual([]);
});

test("what is on record is of use also when files are gone, are left out, or become symlinks", async () => {
  const it = workspace({ ...files, "d/c": "fifth" });
  await it.capture({ clock: anHourLater });
  const captured = async (options: Parameters<Workspace["capture"]>[0] = {}) => {
    const { disk, read } = watched(it);
    const { files: found, digest } = await it.capture({ ...options, disk, cache: "read-only", clock: anHourLater });
    expect({ found, digest }).toEqual(await withoutCache(options));
    return read;
  };
  const withoutCache = async (options: Parameters<Workspace["capture"]>[0]) => {
    const { files: found, digest } = await it.capture({ ...options, cache: false });
    return { found, digest };
  };
  expect(await captured({ exclude: ["d"] })).toEqual([]);
  fs.rmSync(path.join(it.root, "d/c"));
  expect(await captured()).toEqual([]);
  fs.rmSync(path.join(it.root, "a"));
  fs.symlinkSync("d/b", path.join(it.root, "a"));
  expect(await captured()).toEqual([]);
  fs.symlinkSync("d/b", path.join(it.root, "d/c"));
  expect(await captured()).toEqual([]);
});

test("only a changed, a new and a touched file are read again", async () => {
  const it = workspace(files);
  const { read } = await secondCapture(it, () => {
    it.write("d/b", "SECOND");
    it.write("new", "new");
    fs.utimesSync(path.join(it.root, "a"), 1, 1);
  });
  expect(read.sort()).toEqual(["a", "d/b", "new"]);
});

test("a change that keeps size and modification time is seen", async () => {
  const it = workspace(files);
  const target = path.join(it.root, "a");
  const { atime, mtime } = fs.statSync(target);
  const { read } = await secondCapture(it, () => {
    it.write("a", "FIRST");
    fs.utimesSync(target, atime, mtime);
  });
  expect(read).toEqual(["a"]);
});

test("a file as young as the cache is read again, for it may have changed without a new time", async () => {
  const atOnce: Clock = { ...systemClock, now: () => Date.now() - 1000 };
  const { read } = await secondCapture(workspace(files), () => {}, atOnce);
  expect(read.sort()).toEqual(Object.keys(files).sort());
});

test("times in whole seconds are trusted only after two of them", async () => {
  const it = workspace({ a: "a" });
  const second = 1_700_000_000_000;
  const { disk, read } = watched(it);
  const coarse: Disk = {
    ...disk,
    stat: (file) => inSeconds(disk.stat(file)),
    open: (file, mode) => {
      const opened = disk.open(file, mode);
      return new Proxy(opened, {
        get: (target, member) => {
          if (member === "stat") return () => inSeconds(target.stat());
          const value: unknown = Reflect.get(target, member, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  };
  for (const [now, reads] of [
    [second + 1500, 1],
    [second + 1500, 2],
    [second + 2500, 3],
    [second + 2500, 3],
  ] as const) {
    await it.capture({ disk: coarse, clock: { ...systemClock, now: () => now } });
    expect(read.length).toBe(reads);
  }

  function inSeconds<T extends object | undefined>(stat: T): T {
    return stat && { ...stat, modifiedMs: second, changedMs: second };
  }
});

const otherDigit = (digit: string) => (digit === "1" ? "2" : "1");
const damages: [string, (text: string) => string][] = [
  ["cut short", (text) => text.slice(0, text.length / 2)],
  ["empty", () => ""],
  ["another JSON value", () => "null"],
  ["of another version", (text) => text.replace('"version":3', '"version":2')],
  ["of another workspace", (text) => text.replace(/"root":"[^"]*"/, '"root":"/elsewhere"')],
  ["with a flipped digit in the digest of a file", (text) => text.replace(/(?<=[^"]sha256:)./, otherDigit)],
  ["with a flipped digit in the digest of all", (text) => text.replace(/(?<="digest":"sha256:)./, otherDigit)],
  ["with another beginning", (text) => text.replace(/(?<="began_ms":)./, otherDigit)],
  ["with another number of files", (text) => text.replace(/(?<="count":)./, otherDigit)],
  ["with another path", (text) => text.replace("d/b", "d/c")],
];
test.each(damages)("a cache that is %s is not believed", async (_, damage) => {
  const it = workspace(files);
  const { read } = await secondCapture(it, () => {
    fs.writeFileSync(cacheFile(it), damage(fs.readFileSync(cacheFile(it), "latin1")), "latin1");
  });
  expect(read.sort()).toEqual(Object.keys(files).sort());
});

test("a cache that is no file, and may have no end, is not read", async () => {
  const it = workspace(files);
  const { read } = await secondCapture(it, () => {
    fs.rmSync(cacheFile(it));
    fs.symlinkSync("/dev/zero", cacheFile(it));
  });
  expect(read.sort()).toEqual(Object.keys(files).sort());
});

test("a capture that learned nothing new, or may only read, writes no cache", async () => {
  const it = workspace(files);
  await it.capture({ cache: "read-only" });
  await it.capture({ cache: false });
  expect(fs.readdirSync(it.store)).toEqual([]);
  await it.capture({ clock: anHourLater });
  const written = fs.statSync(cacheFile(it)).ino;
  await it.capture({ clock: anHourLater });
  expect(fs.statSync(cacheFile(it)).ino).toBe(written);
});

test("a store that does not exist is not created", async () => {
  const it = workspace(files);
  const store = path.join(it.root, ".runledger");
  await it.capture({ store });
  expect(fs.existsSync(store)).toBe(false);
});

test("where the cache cannot be written the snapshot is taken all the same", async () => {
  const it = workspace(files);
  fs.writeFileSync(path.join(it.store, "cache"), "a file in the way");
  expect((await it.capture()).files.length).toBe(4);
});
