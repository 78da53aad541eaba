import { fdatasyncSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import type { SyncFailure } from "./sync-thread.ts";

// The thread that sync-thread.ts starts: one descriptor in, one answer out.
parentPort?.on("message", (descriptor: number) => parentPort?.postMessage(failureOf(descriptor)));

parentPort?.postMessage("up");

function failureOf(descriptor: number): SyncFailure | undefined {
  try {
    fdatasyncSync(descriptor);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { code, message };
  }
}
