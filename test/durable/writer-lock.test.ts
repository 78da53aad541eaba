import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Disk } from "../../src/durable/disk.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { readLockOwner, takeLock } from "../../src/durable/writer-lock.ts";
import { RunledgerError } from "../../src/errors.ts";
import { systemError } from "../simulated/faults.ts";
import { givenDirectory } from "./scratch.ts";

const given = givenDirectory();
const owner = { pid: process.pid, host: "here", started_at: "2026-11-21T07:00:00.000Z", boot_id: "boot-1" };
const take = (disk: Disk = nodeDisk) => takeLock(disk, given.at("lock"), owner);

let started: ChildProcess[] = [];
let leftBehind: number[] = [];
afterEach(() => {
  for (const child of started) child.kill("SIGKILL");
  for (const pid of leftBehind) process.kill(pid, "SIGKILL");
  started = [];
  leftBehind = [];
});

/** A process that has tried to take the lock, and lives until it is killed. */
async function other(withChild = false): Promise<{ process: ChildProcess; locked: boolean; child?: number }> {
  const program = path.join(import.meta.dirname, "lock-process.ts");
  const child = spawn(process.execPath, [program, given.at("lock"), ...(withChild ? ["with a child"] : [])], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child);
  const silent = once(child, "exit").then(() => Promise.reject(new Error("it ended without a word")));
  const [line] = await Promise.race([once(child.stdout as NodeJS.ReadableStream, "data"), silent]);
  const said = JSON.parse(String(line));
  if (said.child !== undefined) leftBehind.push(said.child);
  return { process: child, ...said };
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

describe("the writer's lock", () => {
  it("is held by one process at a time, and is free the moment that one is killed", async () => {
    const holder = await other();
    expect([holder.locked, take(), (await other()).locked]).toEqual([true, undefined, false]);
    await killed(holder.process);
    const lock = take();
    expect(lock).toBeDefined();
    lock?.release();
  });

  it("is held against the same process too", () => {
    const first = take();
    expect(take()).toBeUndefined();
    first?.release();
    const second = take();
    expect(second).toBeDefined();
    second?.release();
  });

  it("is not inherited: a child that outlives its parent does not hold it", async () => {
    const holder = await other(true);
    expect(holder.locked).toBe(true);
    await killed(holder.process);
    expect(() => process.kill(holder.child ?? 0, 0), "the child lives on").not.toThrow();
    const lock = take();
    expect(lock).toBeDefined();
    lock?.release();
  });

  it("says who holds it, also to those who do not get it, and who held it last", async () => {
    expect(readLockOwner(nodeDisk, given.at("lock"))).toBeUndefined();
    const holder = await other();
    expect(take()).toBeUndefined();
    expect(readLockOwner(nodeDisk, given.at("lock"))).toEqual({ ...owner, pid: holder.process.pid });
    await killed(holder.process);
    expect(readLockOwner(nodeDisk, given.at("lock"))?.pid).toBe(holder.process.pid);
    take()?.release();
    expect(readLockOwner(nodeDisk, given.at("lock"))).toEqual(owner);
  });

  it("stays the same file, which nobody but its owner can read", () => {
    take()?.release();
    const { ino, mode } = fs.statSync(given.at("lock"));
    take()?.release();
    expect(fs.statSync(given.at("lock")).ino).toBe(ino);
    expect(mode & 0o777).toBe(0o600);
  });

  it.each(["", "{", "null", "[]", '{"pid":"1"}', "\0\0\0"])(
    "can be had although its file names nobody: %j",
    (content) => {
      fs.writeFileSync(given.at("lock"), content);
      expect(readLockOwner(nodeDisk, given.at("lock"))).toBeUndefined();
      take()?.release();
      expect(readLockOwner(nodeDisk, given.at("lock"))).toEqual(owner);
    },
  );

  it("leaves nothing of a longer name that was there before", () => {
    fs.writeFileSync(given.at("lock"), JSON.stringify({ ...owner, host: "a".repeat(500) }));
    take()?.release();
    expect(fs.readFileSync(given.at("lock"), "utf8")).toBe(`${JSON.stringify(owner)}\n`);
  });

  it.each(["ENOLCK", "EOPNOTSUPP", "EINVAL"])("is refused where the file system has no locks (%s)", (errno) => {
    const disk: Disk = {
      ...nodeDisk,
      open: (file, mode) => {
        const opened = nodeDisk.open(file, mode);
        opened.tryLock = () => {
          throw systemError(errno, { name: "tryLock", path: file });
        };
        return opened;
      },
    };
    const error = refusal(() => take(disk));
    expect(error).toMatchObject({ code: "UNSUPPORTED", exitStatus: 78 });
    expect(error.message).toContain(`no kernel locks (${errno})`);
    expect(error.hint).toContain("--store DIR");
  });

  function refusal(action: () => unknown): RunledgerError {
    try {
      action();
    } catch (error) {
      if (error instanceof RunledgerError) return error;
      throw error;
    }
    throw new Error("it was not refused");
  }
});
