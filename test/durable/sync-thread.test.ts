import { spawnSync } from "node:child_process";
import { EventEmitter } from "node:events";
import fs from "node:fs";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { givenDirectory } from "./scratch.ts";

const { at } = givenDirectory();

afterEach(() => void vi.restoreAllMocks());

/** A module of its own, whose thread has not been started. */
async function freshThread() {
  vi.resetModules();
  return import("../../src/durable/sync-thread.ts");
}

/** Asks until it is there: the first ones ask in vain. */
async function whenUp({ syncThread }: Awaited<ReturnType<typeof freshThread>>) {
  return vi.waitUntil(syncThread, { timeout: 30_000, interval: 5 });
}

/** What stands in for Node's `Worker`. */
function workersAre(Worker: unknown): void {
  const real = process.getBuiltinModule.bind(process) as (name: string) => unknown;
  const threads = { MessageChannel, Worker };
  const given = (name: string) => (name === "node:worker_threads" ? threads : real(name));
  vi.spyOn(process, "getBuiltinModule").mockImplementation(given as never);
}

/** One whose program does not run. */
class FakeWorker extends EventEmitter {
  unref(): void {}
}

/** Its program runs, and dies of what it is asked. */
class MortalWorker extends FakeWorker {
  constructor(_: URL, { workerData: port }: { workerData: MessagePort }) {
    super();
    port.on("message", () => this.emit("exit", 1));
    port.postMessage("up");
  }
}

describe("the thread that syncs", () => {
  it("syncs what is asked for, and says with which errno it failed", async () => {
    const thread = await whenUp(await freshThread());
    const good = fs.openSync(at("file"), "w");
    const bad = 2 ** 31 - 1;
    const answers = await Promise.allSettled([bad, good, good].map((descriptor) => thread.datasync(descriptor)));
    fs.closeSync(good);
    expect(answers.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(answers[0]).toMatchObject({ reason: { code: "EBADF", syscall: "fdatasync" } });
  });

  it("keeps a process alive as long as a sync is waited for, and no longer", () => {
    const program = `
      import { syncThread } from "${new URL("../../src/durable/sync-thread.ts", import.meta.url).href}";
      let thread;
      while ((thread = syncThread()) === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
      setImmediate(() => thread.datasync(2).catch(() => {}).then(() => console.log("settled")));
    `;
    const options = { encoding: "utf8", timeout: 60_000 } as const;
    const ended = spawnSync(process.execPath, ["--input-type=module", "--eval", program], options);
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 0, stdout: "settled\n" });
  });

  it("is not there until its program runs, which a bundle may lack: whoever asks syncs in place", async () => {
    const workers: EventEmitter[] = [];
    workersAre(
      class extends FakeWorker {
        constructor() {
          super();
          workers.push(this);
        }
      },
    );
    const { syncThread } = await freshThread();
    for (let n = 0; n < 20; n += 1) expect(syncThread()).toBeUndefined();
    expect(workers).toHaveLength(1);
    for (const event of ["online", "message", "exit"]) {
      workers[0]?.emit(event, "up");
      expect(syncThread(), event).toBeUndefined();
    }
  });

  it("is not started by a process that hardly syncs", async () => {
    let started = 0;
    workersAre(
      class extends FakeWorker {
        constructor() {
          super();
          started += 1;
        }
      },
    );
    const { syncThread } = await freshThread();
    for (let n = 0; n < 9; n += 1) syncThread();
    expect(started).toBe(0);
    syncThread();
    expect(started).toBe(1);
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
    for (let n = 0; n < 20; n += 1) expect(syncThread()).toBeUndefined();
    const file = nodeDisk.open(at("file"), "create");
    await expect(file.datasyncInBackground()).resolves.toBeUndefined();
    file.close();
  });

  it("fails what it was asked for if it dies, and is not asked again", async () => {
    workersAre(MortalWorker);
    const fresh = await freshThread();
    const thread = await whenUp(fresh);
    await expect(thread.datasync(1)).rejects.toMatchObject({ code: "ECANCELED" });
    expect(fresh.syncThread()).toBeUndefined();
  });
});
