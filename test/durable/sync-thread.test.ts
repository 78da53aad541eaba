import { EventEmitter } from "node:events";
import fs from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { givenDirectory } from "./scratch.ts";

const { at } = givenDirectory();

afterEach(() => void vi.restoreAllMocks());

/** A module of its own, whose thread has not been started. */
async function freshThread() {
  vi.resetModules();
  return import("../../src/durable/sync-thread.ts");
}

async function whenUp({ syncThread }: Awaited<ReturnType<typeof freshThread>>) {
  return vi.waitUntil(syncThread, { timeout: 30_000 });
}

/** What stands in for Node's `Worker`. */
function workersAre(Worker: unknown): void {
  const real = process.getBuiltinModule.bind(process) as (name: string) => unknown;
  const given = (name: string) => (name === "node:worker_threads" ? { Worker } : real(name));
  vi.spyOn(process, "getBuiltinModule").mockImplementation(given as never);
}

class FakeWorker extends EventEmitter {
  constructor() {
    super();
    setImmediate(() => this.emit("online"));
  }
  ref(): void {}
  unref(): void {}
  postMessage(): void {
    setImmediate(() => this.emit("exit", 1));
  }
}

describe("the thread that syncs", () => {
  it("syncs what is asked for, and says with which errno it failed", async () => {
    const thread = await whenUp(await freshThread());
    const descriptor = fs.openSync(at("file"), "w");
    await expect(thread.datasync(descriptor)).resolves.toBeUndefined();
    fs.closeSync(descriptor);
    const answers = await Promise.allSettled([thread.datasync(descriptor), thread.datasync(descriptor)]);
    expect(answers).toEqual(answers.map(() => expect.objectContaining({ status: "rejected" })));
    expect(answers[0]).toMatchObject({ reason: { code: "EBADF", syscall: "fdatasync" } });
  });

  it("is not there until it is up: whoever asks syncs in place", async () => {
    const { syncThread } = await freshThread();
    expect(syncThread()).toBeUndefined();
  });

  it("is never there where threads cannot be had", async () => {
    workersAre(
      class {
        constructor() {
          throw new Error("no threads here");
        }
      },
    );
    const { syncThread } = await freshThread();
    const { nodeDisk } = await import("../../src/durable/node-disk.ts");
    expect(syncThread()).toBeUndefined();
    await new Promise((resolve) => setImmediate(resolve));
    expect(syncThread()).toBeUndefined();
    const file = nodeDisk.open(at("file"), "create");
    await expect(file.datasyncInBackground()).resolves.toBeUndefined();
    file.close();
  });

  it("fails what it was asked for if it dies, and is not asked again", async () => {
    workersAre(FakeWorker);
    const fresh = await freshThread();
    const thread = await whenUp(fresh);
    await expect(thread.datasync(1)).rejects.toThrow("the thread that syncs has ended");
    expect(fresh.syncThread()).toBeUndefined();
  });
});
