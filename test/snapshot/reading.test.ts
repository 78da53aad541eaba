import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { Disk } from "../../src/durable/disk.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { hashFile } from "../../src/snapshot/hash.ts";
import { hashInWorkers } from "../../src/snapshot/hash-in-workers.ts";
import { pathsOf, type Workspace, workspace } from "./workspace.ts";

/** The real disk, but something happens each time before `name` is read. */
function disturbed(name: string, happen: (time: number) => void): Disk {
  let times = 0;
  return {
    ...nodeDisk,
    open: (file, mode) => {
      const opened = nodeDisk.open(file, mode);
      if (path.basename(file) !== name) return opened;
      return new Proxy(opened, {
        get: (target, member) => {
          const value: unknown = Reflect.get(target, member, target);
          if (typeof value !== "function") return value;
          if (member === "read") {
            awaitNewTime(file);
            happen(++times);
          }
          return value.bind(target);
        },
      });
    },
  };
}

/** The clock of a file system goes in steps: what happens to `file` after this gives it another time than it has. */
function awaitNewTime(file: string): void {
  const before = fs.lstatSync(file).ctimeMs;
  const probe = `${file}.probe`;
  do fs.writeFileSync(probe, "");
  while (fs.statSync(probe).ctimeMs <= before);
  fs.rmSync(probe);
}

const files = { a: "a", b: "first", c: "c" };
const target = (it: Workspace, name = "b") => path.join(it.root, name);

test("a file that changes once while it is read is read again", async () => {
  const it = workspace(files);
  const disk = disturbed("b", (time) => time === 1 && fs.writeFileSync(target(it), "second!"));
  const calm = await it.capture({ disk });
  expect(calm.files).toEqual((await it.capture()).files);
  expect(calm.files[1]?.size).toBe(7);
});

test("a file that keeps changing is refused by name after three tries", async () => {
  const it = workspace(files);
  let tries = 0;
  const disk = disturbed("b", (time) => {
    tries = time;
    fs.writeFileSync(target(it), "x".repeat(10 * time));
  });
  await expect(it.capture({ disk })).rejects.toMatchObject({
    code: "SNAPSHOT_UNSTABLE",
    message: expect.stringContaining(`${target(it)} changed`),
  });
  expect(tries).toBe(3);
});

test("a file that is replaced by one of the same size while it is read is read again", async () => {
  const it = workspace(files);
  const disk = disturbed("b", (time) => {
    if (time > 1) return;
    it.write("new", "other");
    fs.renameSync(target(it, "new"), target(it));
  });
  expect((await it.capture({ disk })).files).toEqual((await it.capture()).files);
});

test("a file that became a symlink to the same content is not read through it", async () => {
  const it = workspace(files);
  const disk = disturbed("b", (time) => {
    if (time > 1) return;
    fs.renameSync(target(it), target(it, "moved"));
    fs.symlinkSync("moved", target(it));
  });
  await expect(it.capture({ disk })).rejects.toMatchObject({ code: "SNAPSHOT_UNSTABLE" });
});

test("a file, a symlink and a directory that vanish after they were listed are absent", async () => {
  const it = workspace({ ...files, "d/x": "x", "e/y": "y" });
  fs.symlinkSync("a", path.join(it.root, "f"));
  const disk: Disk = {
    ...nodeDisk,
    list: (directory) => {
      const entries = nodeDisk.list(directory);
      for (const name of ["b", "d", "f"]) fs.rmSync(target(it, name), { recursive: true, force: true });
      return entries;
    },
  };
  expect(pathsOf(await it.capture({ disk }))).toEqual(["a", "c", "e/y"]);
});

test("a file that may not be read is refused by name, with the way to leave it out", async () => {
  const it = workspace(files);
  const refuse = Object.assign(new Error("EACCES"), { code: "EACCES" });
  const disk: Disk = {
    ...nodeDisk,
    open: (file, mode) => {
      if (file === target(it)) throw refuse;
      return nodeDisk.open(file, mode);
    },
  };
  await expect(it.capture({ disk })).rejects.toMatchObject({
    code: "PERMISSION",
    message: expect.stringContaining(target(it)),
    hint: expect.stringContaining(".runledgerignore"),
  });
});

test("a directory that may not be listed is refused by name, unless it is excluded", async () => {
  const it = workspace({ a: "", "locked/x": "" });
  const disk: Disk = {
    ...nodeDisk,
    list: (directory) => {
      if (directory === target(it, "locked")) throw Object.assign(new Error("EACCES"), { code: "EACCES" });
      return nodeDisk.list(directory);
    },
  };
  await expect(it.capture({ disk })).rejects.toMatchObject({
    code: "PERMISSION",
    message: expect.stringContaining("locked"),
  });
  expect(pathsOf(await it.capture({ disk, exclude: ["locked"] }))).toEqual(["a"]);
});

test("a file larger than the buffer has the checksum and size of its content", () => {
  const it = workspace();
  for (const sizeBytes of [256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 3_000_001]) {
    const content = Buffer.alloc(sizeBytes, "large");
    it.write("large", content);
    const digest = createHash("sha256").update(content).digest("hex");
    expect(hashFile(nodeDisk, target(it, "large"))).toEqual({ sha256: `sha256:${digest}`, size: sizeBytes });
  }
});

test("a file over 1 GB is hashed in constant memory", () => {
  const it = workspace({ huge: "" });
  fs.truncateSync(target(it, "huge"), 2 ** 30 + 1);
  const before = process.memoryUsage().rss;
  expect(hashFile(nodeDisk, target(it, "huge")).size).toBe(2 ** 30 + 1);
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
});

test("hashing one file refuses what is no regular file", () => {
  const it = workspace(files);
  fs.symlinkSync("a", target(it, "link"));
  for (const name of ["nothing", "link", "."]) {
    expect(() => hashFile(nodeDisk, target(it, name))).toThrow(expect.objectContaining({ code: "FILE_NOT_FOUND" }));
  }
});

test("many files are hashed in worker threads with the same result, and progress is told to the end", async () => {
  const it = workspace();
  for (let index = 0; index < 1200; index++) it.write(`d${index % 7}/f${index}`, `content ${index}`);
  const progress: number[] = [];
  const onProgress = ({ filesDone }: { filesDone: number }) => void progress.push(filesDone);
  const parallel = await it.capture({ hashMany: hashInWorkers, cache: false, onProgress });
  expect(parallel.files).toEqual((await it.capture({ cache: false })).files);
  expect(progress.at(-1)).toBe(1200);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
});

test("large files among many small ones, and a few large ones alone, are hashed in worker threads", async () => {
  const large = (index: number) => Buffer.alloc(6_000_000, `large ${index}`);
  for (const smallFiles of [0, 600]) {
    const it = workspace();
    for (let index = 0; index < smallFiles; index++) it.write(`f${index}`, `content ${index}`);
    for (let index = 0; index < 3; index++) it.write(`d${index}/large`, large(index));
    const progress: number[] = [];
    const onProgress = ({ filesDone }: { filesDone: number }) => void progress.push(filesDone);
    const parallel = await it.capture({ hashMany: hashInWorkers, cache: false, onProgress });
    expect(parallel.files).toEqual((await it.capture({ cache: false })).files);
    expect(progress.at(-1)).toBe(smallFiles + 3);
  }
});

test("a file that vanishes before a worker thread reads it is absent", async () => {
  const it = workspace();
  for (let index = 0; index < 600; index++) it.write(`f${index}`, `content ${index}`);
  const disk: Disk = {
    ...nodeDisk,
    list: (directory) => {
      const entries = nodeDisk.list(directory);
      fs.rmSync(target(it, "f7"));
      return entries;
    },
  };
  const manifest = await it.capture({ disk, hashMany: hashInWorkers });
  expect(manifest.files.length).toBe(599);
});

test("a refusal in a worker thread arrives with its code, sentence and hint", async () => {
  const it = workspace();
  const names = Array.from({ length: 600 }, (_, index) => `f${index}`);
  for (const name of names) it.write(name);
  fs.rmSync(target(it, "f300"));
  fs.mkdirSync(target(it, "f300"));
  await expect(hashInWorkers(it.root, [{ paths: names, numbers: [] }], () => {}, 0)).rejects.toMatchObject({
    code: "SNAPSHOT_UNSTABLE",
    exitStatus: 75,
    message: expect.stringContaining(target(it, "f300")),
    hint: expect.stringContaining(".runledgerignore"),
  });
});
