import { fdatasyncSync } from "node:fs";
import { type MessagePort, workerData } from "node:worker_threads";
import type { SyncFailure } from "./sync-thread.ts";

// The thread that sync-thread.ts starts: one descriptor in, one answer out.
const port = workerData as MessagePort;
port.on("message", (descriptor: number) => port.postMessage(failureOf(descriptor)));
port.postMessage("up");

function failureOf(descriptor: number): SyncFailure | undefined {
  try {
    fdatasyncSync(descriptor);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { code, message };
  }
}
