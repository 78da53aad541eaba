import fs from "node:fs";
import { expect, it } from "vitest";
import { makeDirectories, makeParents, syncDirectories } from "../../src/durable/directories.ts";
import type { Disk } from "../../src/durable/disk.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { systemError } from "../simulated/faults.ts";
import { Medium } from "../simulated/medium.ts";
import { volatilePaths } from "../simulated/power-cut.ts";
import { SimulatedDisk } from "../simulated/simulated-disk.ts";
import { givenDirectory } from "./scratch.ts";

const given = givenDirectory();

it("directories are made from the store on, for their owner alone, and may be there already", () => {
  for (let time = 0; time < 2; time++) makeDirectories(nodeDisk, given.at("store"), given.at("store", "runs", "a"));
  for (const directory of ["store", "store/runs", "store/runs/a"]) {
    expect(fs.statSync(given.at(directory)).mode & 0o777, directory).toBe(0o700);
  }
});

it("a store is not made in a directory that is not there", () => {
  const store = given.at("typing", "eror", "store");
  expect(() => makeDirectories(nodeDisk, store, store)).toThrow("ENOENT");
});

it("directories are synced from the innermost up to the one that contains the store", () => {
  const synced: string[] = [];
  const disk: Disk = { ...nodeDisk, syncDirectory: (directory) => void synced.push(directory) };
  syncDirectories(disk, "/project/store", "/project/store/runs/a");
  expect(synced).toEqual(["/project/store/runs/a", "/project/store/runs", "/project/store", "/project"]);
  synced.length = 0;
  syncDirectories(disk, "/project/store", "/project/store");
  expect(synced).toEqual(["/project/store", "/project"]);
});

it("a directory that cannot be synced is said, and not passed over", () => {
  const disk: Disk = {
    ...nodeDisk,
    syncDirectory: (path) => {
      throw systemError("EIO", { name: "syncDirectory", path });
    },
  };
  expect(() => syncDirectories(disk, "/project/store", "/project/store")).toThrow("EIO");
});

it("the way to a store is durable, whichever part of it a life has made that was killed before its sync", () => {
  for (const made of [[], ["/a"], ["/a", "/a/b"], ["/a", "/a/b", "/a/b/c"]]) {
    const medium = new Medium();
    const disk = new SimulatedDisk(medium);
    for (const [index, each] of made.entries()) {
      disk.makeDirectory(each);
      if (index < made.length - 1) disk.syncDirectory(made[index - 1] ?? "/");
    }
    makeParents(disk, "/a/b/c");
    expect(disk.stat("/a/b/c")?.kind).toBe("directory");
    expect(volatilePaths(medium.image, "/"), made.at(-1) ?? "none").toEqual([]);
  }
});
