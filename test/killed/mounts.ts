import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach } from "vitest";

/** Why no file system can be mounted here; undefined if one can. */
export function mountRefusal(): string | undefined {
  if (process.platform !== "linux") return "mounts are tried on Linux";
  if (process.getuid?.() !== 0) return "only root may mount";
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "runledger-mount-"));
  const tried = mount(directory, "size=64k");
  if (tried === undefined) unmount(directory);
  fs.rmdirSync(directory);
  return tried;
}

/** File systems in memory with a limit, for the tests of one file. All are unmounted after each test. */
export function givenMounts() {
  const mounted: string[] = [];
  afterEach(() => {
    for (const directory of mounted.splice(0)) unmount(directory);
  });
  return {
    /** `options` as mount(8) has them, e.g. `size=16m`. */
    make(directory: string, options: string): void {
      fs.mkdirSync(directory, { recursive: true });
      const refusal = mount(directory, options);
      if (refusal !== undefined) throw new Error(refusal);
      mounted.push(directory);
    },
    change(directory: string, options: string): void {
      const refusal = mount(directory, `remount,${options}`);
      if (refusal !== undefined) throw new Error(refusal);
    },
  };
}

/** Undefined if it is done, else why not. */
function mount(directory: string, options: string): string | undefined {
  const words = ["-t", "tmpfs", "-o", options, "tmpfs", directory];
  const { error, status, stderr } = spawnSync("mount", words, { encoding: "utf8" });
  if (error !== undefined) return "there is no mount";
  return status === 0 ? undefined : `it may not mount: ${stderr.trim()}`;
}

/** Also where a process of a failed test still uses it: then it goes when that has ended. */
function unmount(directory: string): void {
  if (spawnSync("umount", [directory]).status !== 0) spawnSync("umount", ["--lazy", directory]);
}
