import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "vitest";

/** A directory of its own for one test, with symlinks resolved. */
export function scratchDirectory(): string {
  return fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "runledger-agent-")));
}

export function removeDirectory(directory: string): void {
  fs.rmSync(directory, { recursive: true, force: true });
}

/** Resolves when `condition` holds; a test that waits for ever ends with the test's own time limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** True while there is a process of that pid that has not ended (a zombie has). */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (!fs.existsSync("/proc/self/stat")) return true;
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return false;
  }
}

/** The pid in a file that a child writes, once it is there. */
export async function pidIn(file: string): Promise<number> {
  await until(() => fs.existsSync(file) && /^[0-9]+\s*$/.test(fs.readFileSync(file, "utf8")));
  return Number(fs.readFileSync(file, "utf8"));
}

/** The process ends soon, without help. */
export async function expectToEnd(pid: number): Promise<void> {
  expect(pid).toBeGreaterThan(1);
  await until(() => !isRunning(pid));
}
