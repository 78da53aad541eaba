import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach } from "vitest";

/** An empty directory for each test. */
export function givenDirectory(): { at(...names: string[]): string } {
  let directory = "";
  beforeEach(() => {
    directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "runledger-durable-")));
  });
  afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));
  return { at: (...names) => path.join(directory, ...names) };
}
