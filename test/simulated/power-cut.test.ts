import { describe, expect, it } from "vitest";
import type { DiskImage } from "./disk-image.ts";
import { Medium } from "./medium.ts";
import { extremeStates, powerCutStates, tornStates, volatilePaths } from "./power-cut.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

const sector = (letter: string) => letter.repeat(512);

function givenFile(content: string) {
  const medium = new Medium();
  const disk = new SimulatedDisk(medium);
  const file = disk.open("/file", "lock");
  file.write(Buffer.from(content), 0);
  file.sync();
  disk.syncDirectory("/");
  return { medium, disk, file };
}

/** What `path` may hold after a power cut; null: it may be missing. */
function afterPowerCut(image: DiskImage, path = "/file", fills: ("nul" | "stale")[] = ["nul"]): Set<string | null> {
  const states = [...powerCutStates(image, { fills })];
  return new Set(states.map((state) => contentOf(state.image, path)));
}

function contentOf(image: DiskImage, path: string): string | null {
  const disk = new SimulatedDisk(new Medium(image));
  return disk.stat(path) === undefined ? null : Buffer.from(disk.readFile(path)).toString("latin1");
}

describe("a power cut of the simulated disk", () => {
  it("loses or keeps what was written since the last sync", () => {
    const { medium, file } = givenFile("old");
    file.write(Buffer.from("new"), 0);
    expect(afterPowerCut(medium.image)).toEqual(new Set(["old", "new"]));
    file.datasync();
    expect(afterPowerCut(medium.image)).toEqual(new Set(["new"]));
    expect(volatilePaths(medium.image, "/")).toEqual([]);
  });

  it("loses sectors one by one, and data apart from size", () => {
    const { medium, file } = givenFile("");
    file.write(Buffer.from(sector("a") + sector("b")), 0);
    const nul = sector("\0");
    expect(afterPowerCut(medium.image)).toEqual(
      new Set(["", sector("a") + sector("b"), nul + sector("b"), sector("a") + nul, nul + nul]),
    );
  });

  it("may have written each version of a sector that was written twice", () => {
    const { medium, file } = givenFile("one");
    file.write(Buffer.from("two"), 0);
    file.write(Buffer.from("six"), 0);
    expect(afterPowerCut(medium.image)).toEqual(new Set(["one", "two", "six"]));
  });

  it("may lose what is written while a sync in the background is under way, and nothing of what was there before", async () => {
    const { medium, file } = givenFile(`${sector("a")}old`);
    file.write(Buffer.from("new"), 512);
    const synced = file.datasyncInBackground();
    file.write(Buffer.from("newer"), 512);
    file.write(Buffer.from(sector("z")), 0);
    await synced;
    expect(afterPowerCut(medium.image)).toEqual(
      new Set(["a", "z"].flatMap((letter) => ["new", "newer", "new\0\0"].map((end) => sector(letter) + end))),
    );
    file.datasync();
    expect(afterPowerCut(medium.image)).toEqual(new Set([`${sector("z")}newer`]));
  });

  it("shows stale bytes as well as NULs where only the size arrived", () => {
    const { medium, file } = givenFile("");
    file.write(Buffer.from("abc"), 0);
    const states = afterPowerCut(medium.image, "/file", ["nul", "stale"]);
    expect(states).toEqual(new Set(["", "abc", "\0\0\0", '{"a']));
  });

  it("may bring back what was cut", () => {
    const { medium, file } = givenFile("abc");
    file.truncate(1);
    expect(afterPowerCut(medium.image)).toEqual(new Set(["abc", "a"]));
  });

  it("does not make durable by a second sync what a first one failed to write, but does if it was written again", () => {
    const medium = new Medium();
    let fails = false;
    const disk = new SimulatedDisk(medium, ({ name }) =>
      fails && name === "file.datasync" ? { errno: "EIO", effect: "lost" } : undefined,
    );
    const file = disk.open("/file", "lock");
    disk.syncDirectory("/");
    file.write(Buffer.from("abc"), 0);
    fails = true;
    expect(() => file.datasync()).toThrow("EIO");
    fails = false;
    file.datasync();
    expect(afterPowerCut(medium.image)).toEqual(new Set(["", "\0\0\0", "abc"]));
    file.write(Buffer.from("abc"), 0);
    file.datasync();
    expect(afterPowerCut(medium.image)).toEqual(new Set(["abc"]));
  });

  it("loses or keeps directory entries apart from the files", () => {
    const { medium, disk, file } = givenFile("old");
    const other = disk.open("/other", "create");
    other.write(Buffer.from("new"), 0);
    other.sync();
    expect(afterPowerCut(medium.image, "/other")).toEqual(new Set([null, "new"]));
    disk.rename("/other", "/file");
    expect(afterPowerCut(medium.image, "/file")).toEqual(new Set(["old", "new"]));
    disk.syncDirectory("/");
    expect(afterPowerCut(medium.image, "/file")).toEqual(new Set(["new"]));
    disk.unlink("/file");
    expect(afterPowerCut(medium.image, "/file")).toEqual(new Set(["new", null]));
    file.close();
  });

  it("loses what is below a directory with the directory", () => {
    const medium = new Medium();
    const disk = new SimulatedDisk(medium);
    disk.makeDirectory("/inner");
    const file = disk.open("/inner/file", "create");
    file.write(Buffer.from("abc"), 0);
    file.sync();
    disk.syncDirectory("/inner");
    expect(afterPowerCut(medium.image, "/inner/file")).toEqual(new Set([null, "abc"]));
    disk.syncDirectory("/");
    expect(afterPowerCut(medium.image, "/inner/file")).toEqual(new Set(["abc"]));
  });

  it("can tear the last write at every byte", () => {
    const { medium, file } = givenFile("old");
    file.write(Buffer.from("new"), 3);
    const torn = [...tornStates(medium.image, "/file", ["nul"])].map((state) => contentOf(state.image, "/file"));
    expect(torn).toEqual(["old", "old\0\0\0", "oldn", "oldn\0\0", "oldne", "oldne\0", "oldnew"]);
  });

  it("tries prefixes in time, single losses and single survivors where there are too many pieces", () => {
    const { medium, file } = givenFile("");
    for (let index = 0; index < 20; index++) file.write(Buffer.from(sector("x")), index * 512);
    const states = [...powerCutStates(medium.image, { samples: 0, fills: ["nul"] })];
    expect(states.length).toBeGreaterThan(60);
    expect(extremeStates(medium.image).map((state) => contentOf(state.image, "/file")?.length)).toEqual([0, 10_240]);
  });
});
