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

/** What Node throws if a name has gone between the listing and its question what that is. */
function goesDuring(listings: number): void {
  const list = fs.readdirSync;
  let times = 0;
  vi.spyOn(fs, "readdirSync").mockImplementation(((...given: Parameters<typeof list>) => {
    times += 1;
    if (times > listings) return list(...given);
    throw Object.assign(new Error("ENOENT: no such file or directory, lstat"), { code: "ENOENT", syscall: "lstat" });
  }) as typeof list);
}

describe("a directory in which a name goes while it is listed, as in /proc", () => {
  it("is listed again", () => {
    goesDuring(3);
    expect(nodeDisk.list(directory)).toEqual([{ name: "stays", kind: "file", utf8: true }]);
  });

  it("is given up where that never ends", () => {
    goesDuring(1_000);
    expect(() => nodeDisk.list(directory)).toThrow("ENOENT");
  });

  it("is not there, if it is the directory that is not there", () => {
    const list = vi.spyOn(fs, "readdirSync");
    expect(() => nodeDisk.list(path.join(directory, "none"))).toThrow("ENOENT");
    expect(list).toHaveBeenCalledTimes(1);
  });
});
