import fs from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { givenDirectory } from "./scratch.ts";

const directory = givenDirectory();
afterEach(() => vi.restoreAllMocks());

describe("listing a directory", () => {
  it("leaves out what is gone before its kind is known, as processes in /proc are", () => {
    fs.mkdirSync(directory.at("1"));
    fs.writeFileSync(directory.at("stat"), "");
    const { readdirSync } = fs;
    vi.spyOn(fs, "readdirSync").mockImplementation(((asked: string, options?: object) => {
      if (options === undefined) return [...readdirSync(asked), "2"];
      throw Object.assign(new Error(`ENOENT: lstat '${asked}/2'`), { code: "ENOENT" });
    }) as never);
    const listed = nodeDisk.list(directory.at()).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(listed).toEqual([
      { name: "1", kind: "directory", utf8: true },
      { name: "stat", kind: "file", utf8: true },
    ]);
  });

  it("still says that a directory is not there", () => {
    expect(() => nodeDisk.list(directory.at("none"))).toThrow(/ENOENT/);
  });
});
