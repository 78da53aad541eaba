import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { systemClock, systemRandomness } from "../../src/ports.ts";
import { type CaptureOptions, captureSnapshot } from "../../src/snapshot/capture.ts";
import type { Manifest } from "../../src/snapshot/manifest.ts";

/** A real directory that is removed after the test, with a store beside it. */
export interface Workspace {
  readonly root: string;
  readonly store: string;
  write(file: string, content?: string | Uint8Array, mode?: number): void;
  capture(options?: Partial<CaptureOptions>): Promise<Manifest>;
}

export function workspace(files: Record<string, string> = {}): Workspace {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "runledger-snapshot-")));
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }));
  const root = path.join(directory, "work");
  const store = path.join(directory, "store");
  fs.mkdirSync(root);
  fs.mkdirSync(store);
  const write: Workspace["write"] = (file, content = "", mode = 0o644) => {
    const target = path.join(root, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, content);
    fs.chmodSync(target, mode);
  };
  for (const [file, content] of Object.entries(files)) write(file, content);
  const ports = { disk: nodeDisk, clock: systemClock, randomness: systemRandomness };
  return { root, store, write, capture: (options) => captureSnapshot({ ...ports, root, store, ...options }) };
}

export function git(directory: string, ...parameters: string[]): string {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "core.excludesFile="];
  return execFileSync("git", [...identity, ...parameters], { cwd: directory, encoding: "utf8" });
}

/** What git would take up of a directory: its files, without what its ignore files leave out. */
export function gitFiles(directory: string): string[] {
  const listed = git(directory, "ls-files", "-coz", "--exclude-standard").split("\0");
  return listed.filter((file) => file !== "");
}

export function pathsOf(manifest: Pick<Manifest, "files">): string[] {
  return manifest.files.map((file) => file.path);
}
