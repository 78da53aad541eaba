import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { nodeDisk } from "../../src/durable/node-disk.ts";

const directory = mkdtempSync(path.join(tmpdir(), "runledger-fifo-"));
afterAll(() => rmSync(directory, { recursive: true }));

// Windows has no FIFOs.
describe.skipIf(process.platform === "win32")("a FIFO in the place of a file", () => {
  it("keeps nobody waiting who opens it to read", () => {
    const fifo = path.join(directory, "fifo");
    execFileSync("mkfifo", [fifo]);
    for (const mode of ["read", "read-unfollowed"] as const) {
      const file = nodeDisk.open(fifo, mode);
      expect(file.stat().kind).toBe("other");
      file.close();
    }
    expect(nodeDisk.readFile(fifo)).toHaveLength(0);
  });
});
