import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Disk } from "../../src/durable/disk.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { isTemporaryOf, replaceFile } from "../../src/durable/replace.ts";
import { systemRandomness } from "../../src/ports.ts";
import type { DiskImage } from "../simulated/disk-image.ts";
import { type BeforeCall, type CallName, systemError } from "../simulated/faults.ts";
import { powerCutStates } from "../simulated/power-cut.ts";
import { imageWith, SimulatedMachine } from "../simulated/simulated-world.ts";
import { givenDirectory } from "./scratch.ts";

const given = givenDirectory();
const owner = "run-20261121-070000-0a1b2c3d";

describe("replacing a file", () => {
  it("writes a new one, and then another in its place, and leaves nothing beside it", () => {
    for (const content of ["old", "a longer one", ""]) {
      replaceFile(nodeDisk, systemRandomness, given.at("file"), Buffer.from(content), owner);
      expect(fs.readFileSync(given.at("file"), "utf8")).toBe(content);
    }
    expect(fs.readdirSync(given.at())).toEqual(["file"]);
  });

  it("leaves the old content to those who have the file open", () => {
    replaceFile(nodeDisk, systemRandomness, given.at("file"), Buffer.from("old"), owner);
    const file = nodeDisk.open(given.at("file"), "read");
    replaceFile(nodeDisk, systemRandomness, given.at("file"), Buffer.from("new"), owner);
    const target = Buffer.alloc(3);
    file.read(target, 0);
    file.close();
    expect(target.toString()).toBe("old");
  });

  it("leaves one whole version of ten processes that do it at once, and readers see whole ones all the time", async () => {
    const target = given.at("store", "file");
    const program = path.join(import.meta.dirname, "replace-process.ts");
    const writers = [..."abcdefghij"].map((letter) => {
      const child = spawn(process.execPath, [program, given.at("store"), target, letter], { stdio: "inherit" });
      return once(child, "exit");
    });
    let working = true;
    const ended = Promise.all(writers).finally(() => {
      working = false;
    });
    let seen = 0;
    for (; working; await new Promise(setImmediate)) {
      if (!fs.existsSync(target)) continue;
      expectWhole(fs.readFileSync(target));
      seen += 1;
    }
    expect(await ended).toEqual(writers.map(() => [0, null]));
    expect(seen).toBeGreaterThan(0);
    expectWhole(fs.readFileSync(target));
    expect(fs.readdirSync(given.at("store"))).toEqual(["file"]);
    expect(fs.statSync(target).mode & 0o777, "although the umask lets everything through").toBe(0o600);
    expect(fs.statSync(given.at("store")).mode & 0o777).toBe(0o700);
  });

  function expectWhole(content: Buffer): void {
    expect(content.length).toBe(1 << 20);
    expect(content.equals(Buffer.alloc(1 << 20, content[0]))).toBe(true);
  }
});

const target = "/project/file";

/** The content of the target, and the names beside it. */
function found(image: DiskImage): { content: string; beside: string[] } {
  const { disk } = new SimulatedMachine(image).start(1);
  const names = disk.list("/project").map(({ name }) => name);
  return { content: Buffer.from(disk.readFile(target)).toString(), beside: names.filter((name) => name !== "file") };
}

/** Replaces the target on a simulated machine; every state that its disk passes through. */
function replacing(before?: BeforeCall): { images: DiskImage[]; error: unknown } {
  const images: DiskImage[] = [];
  const machine = new SimulatedMachine(imageWith({ [target]: "old" }), 1, (image) => images.push(image));
  const { disk, randomness } = machine.start(1, before && { before }).world;
  try {
    replaceFile(disk, randomness, target, Buffer.from("new"), owner);
    return { images: [...images, machine.image], error: undefined };
  } catch (error) {
    return { images: [...images, machine.image], error };
  }
}

describe("a process that dies while it replaces a file", () => {
  it("leaves the old content or the new, and at most a temporary that is known as its own", () => {
    const states = replacing().images.map(found);
    expect(new Set(states.map(({ content }) => content))).toEqual(new Set(["old", "new"]));
    for (const { beside } of states) expect(beside.every((name) => isTemporaryOf(name, owner))).toBe(true);
    expect(Math.max(...states.map(({ beside }) => beside.length))).toBe(1);
  });

  it("leaves the old or the new also after a power cut, and the new for certain once it was done", () => {
    const { images } = replacing();
    for (const image of images) {
      for (const state of powerCutStates(image))
        expect(["old", "new"], state.name).toContain(found(state.image).content);
    }
    const after = [...powerCutStates(images.at(-1) as DiskImage)].map((state) => found(state.image));
    expect(after).toEqual(after.map(() => ({ content: "new", beside: [] })));
  });
});

describe("a replacement that fails", () => {
  const calls: CallName[] = ["open", "file.write", "file.sync", "file.close", "rename", "syncDirectory"];
  const cases = calls.flatMap((name) => (["lost", "torn", "kept"] as const).map((effect) => ({ name, effect })));

  it.each(cases)("at $name ($effect) says why, and leaves the old content or the new", ({ name, effect }) => {
    const { images, error } = replacing((call) => (call.name === name ? { errno: "EIO", effect } : undefined));
    expect(error).toMatchObject({ code: "EIO" });
    const { content, beside } = found(images.at(-1) as DiskImage);
    expect(["old", "new"]).toContain(content);
    const isCreatedUnseen = name === "open" && effect === "kept";
    expect(beside.length).toBe(isCreatedUnseen ? 1 : 0);
  });

  it("removes its temporary and closes it: a rename on the real disk", () => {
    fs.mkdirSync(given.at("file"));
    const open = fs.readdirSync("/proc/self/fd").length;
    expect(() => replaceFile(nodeDisk, systemRandomness, given.at("file"), Buffer.from("new"), owner)).toThrow(
      "EISDIR",
    );
    expect(fs.readdirSync(given.at())).toEqual(["file"]);
    expect(fs.readdirSync("/proc/self/fd").length).toBe(open);
  });

  it("reports the first error if the temporary cannot be removed either; the owner sweeps it", () => {
    const failing = (name: string) => () => {
      throw systemError(name === "rename" ? "EIO" : "EROFS", { name, path: "" });
    };
    const disk: Disk = { ...nodeDisk, rename: failing("rename"), unlink: failing("unlink") };
    expect(() => replaceFile(disk, systemRandomness, given.at("file"), Buffer.from("new"), owner)).toThrow("EIO");
    const [left = "", ...others] = fs.readdirSync(given.at());
    expect(others).toEqual([]);
    expect(left).toMatch(/^\.file\.run-20261121-070000-0a1b2c3d\.[0-9a-f]{8}\.tmp$/);
    expect([isTemporaryOf(left, owner), isTemporaryOf(left, "run-20261121-070000-ffffffff")]).toEqual([true, false]);
  });
});

describe("the name of a temporary", () => {
  it.each([
    "step-1.json",
    ".step-1.json",
    `.step-1.json.${owner}.tmp.json`,
    `step-1.json.${owner}.00000000.tmp`,
    `.step-1.json.${owner}0.00000000.tmp`,
    ".step-1.json.store.00000000.tmp",
  ])("is not %s", (name) => expect(isTemporaryOf(name, owner)).toBe(false));
});
