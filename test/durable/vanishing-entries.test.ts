import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nodeDisk } from "../../src/durable/node-disk.ts";

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "runledger-listed-"));
  fs.writeFileSync(path.join(directory, "stays"), "");
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(directory, { recursive: true });
});

describe("a directory in which a name goes while it is listed, as in /proc", () => {
  it("is listed without that name", () => {
    const list = fs.readdirSync;
    const goes = ((place: string, options?: object) => {
      if (options === undefined) return [...list(place), "gone"];
      // What Node throws if the name has gone before it can ask what that is.
      throw Object.assign(new Error("ENOENT: no such file or directory, lstat"), { code: "ENOENT", syscall: "lstat" });
    }) as unknown as typeof list;
    vi.spyOn(fs, "readdirSync").mockImplementation(goes);
    expect(nodeDisk.list(directory)).toEqual([{ name: "stays", kind: "file", utf8: true }]);
  });

  it("is not there, if it is the directory that is not there", () => {
    expect(() => nodeDisk.list(path.join(directory, "none"))).toThrow("ENOENT");
  });
});
