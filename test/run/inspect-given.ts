import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Disk, DiskFile } from "../../src/durable/disk.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { loadTask } from "../../src/flow/load-task.ts";
import { systemWorld, type World } from "../../src/run/place/world.ts";
import { run } from "../../src/run/run.ts";
import type { RunOptions } from "../../src/run/session/options.ts";

const made: string[] = [];

/** A directory of its own with these task files in `tasks/`. {@link removeWorkspaces} takes it away again. */
export function workspaceWith(tasks: Record<string, string>): string {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "runledger-inspect-")));
  made.push(directory);
  fs.mkdirSync(path.join(directory, "tasks"));
  for (const [id, text] of Object.entries(tasks)) fs.writeFileSync(path.join(directory, "tasks", `${id}.yaml`), text);
  return directory;
}

export function removeWorkspaces(): void {
  for (const directory of made.splice(0)) fs.rmSync(directory, { recursive: true, force: true });
}

/** words → count → print, the first two `once`, so that their commands are durable before they start: two artifacts, something on stderr, and more on stdout than fits into an entry. */
export const chain = `
version: 1
id: chain
steps:
  - id: words
    run: "printf 'one two' > words.txt; echo counted"
    effect: once
    expected_outputs: [{ path: words.txt }]
  - id: count
    run: "wc -w < words.txt > count.txt; echo loud >&2"
    effect: once
    needs: [words]
    expected_outputs: [{ path: count.txt }]
  - id: print
    run: "seq 1 5000"
    needs: [count]
`;

export const bigOutput = Array.from({ length: 5000 }, (_, index) => `${index + 1}\n`).join("");

/** Runs a task file of the workspace in this process. */
export async function runTask(workspace: string, id: string, options: RunOptions = {}) {
  return run(await loadTask(id, { workspace }), { ...options, workspace });
}

/** Runs a task file in a process that is killed once entry `seq` is durable. Returns the run's id. */
export function crashAt(workspace: string, id: string, seq: number): string {
  const known = runIdsOf(workspace);
  const script = fileURLToPath(new URL("./inspect-crash-process.ts", import.meta.url));
  const ended = spawnSync(process.execPath, [script, workspace, id, String(seq)], { encoding: "utf8" });
  if (ended.signal !== "SIGKILL") throw new Error(`not killed: ${ended.stdout}${ended.stderr}`);
  return runIdsOf(workspace).find((runId) => !known.includes(runId)) as string;
}

function runIdsOf(workspace: string): string[] {
  const runs = path.join(workspace, ".runledger/runs");
  return fs.existsSync(runs) ? fs.readdirSync(runs) : [];
}

export function folderOf(workspace: string, runId: string): string {
  return path.join(workspace, ".runledger/runs", runId);
}

/** Every file and directory below `directory`, with what would show that it was written. */
export function contentsOf(directory: string): string[] {
  const names = fs.readdirSync(directory, { recursive: true, encoding: "utf8" }).sort();
  return ["", ...names].map((name) => {
    const file = path.join(directory, name);
    const stat = fs.lstatSync(file, { bigint: true });
    const content = stat.isFile() ? fs.readFileSync(file, "hex") : "";
    return `${name} ${stat.mode} ${stat.ino} ${stat.mtimeNs} ${stat.ctimeNs} ${content}`;
  });
}

/** This machine, on a disk that refuses whatever is not reading. */
export const readOnlyWorld: World = { ...systemWorld, disk: readOnly(nodeDisk) };

function readOnly(disk: Disk): Disk {
  const refuse = (): never => {
    throw Object.assign(new Error("a reader wrote"), { code: "EROFS" });
  };
  const readOnlyFile = (file: DiskFile): DiskFile => ({
    path: file.path,
    stat: () => file.stat(),
    read: (target, position) => file.read(target, position),
    close: () => file.close(),
    write: refuse,
    truncate: refuse,
    datasync: refuse,
    datasyncInBackground: refuse,
    sync: refuse,
    tryLock: refuse,
  });
  return {
    ...disk,
    open: (file, mode) => (mode.startsWith("read") ? readOnlyFile(disk.open(file, mode)) : refuse()),
    makeDirectory: refuse,
    rename: refuse,
    unlink: refuse,
    removeDirectory: refuse,
    syncDirectory: refuse,
    changeMode: refuse,
  };
}
