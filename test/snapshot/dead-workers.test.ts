import { EventEmitter } from "node:events";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { hashInWorkers } from "../../src/snapshot/hash-in-workers.ts";
import { workspace } from "./workspace.ts";

const fault = vi.hoisted(() => ({ kind: "cannot start" }));

vi.mock("node:worker_threads", () => ({
  Worker: class extends EventEmitter {
    threadId = 1;
    constructor() {
      super();
      if (fault.kind === "cannot start") throw new Error("no threads here");
      if (fault.kind === "dies before it is asked") this.threadId = -1;
    }
    postMessage() {
      setImmediate(() => this.emit("exit", 1));
    }
    async terminate() {}
  },
}));

test.each(["cannot start", "dies before it is asked", "dies while it is asked"])(
  "where a worker thread %s, this thread hashes the files",
  async (kind) => {
    fault.kind = kind;
    const it = workspace();
    const names = Array.from({ length: 600 }, (_, index) => `f${index}`);
    for (const name of names) it.write(path.join("d", name), name);
    const alone = await it.capture({ cache: false });
    const helped = await it.capture({ cache: false, hashMany: hashInWorkers });
    expect(helped.files).toEqual(alone.files);
  },
);
