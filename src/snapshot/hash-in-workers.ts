import { Worker } from "node:worker_threads";
import { nodeDisk } from "../durable/node-disk.ts";
import { RunledgerError } from "../errors.ts";
import { unpackFacts } from "./fact-columns.ts";
import type { FileFacts } from "./hash.ts";
import { type HashMany, hashBatch, hashInline } from "./hash-many.ts";
import type { HashAnswer, HashRequest, Refusal } from "./hash-messages.ts";

/** Starting two threads costs as much as hashing about this many small files, or this many bytes. */
const worthFiles = 500;
const worthBytes = 16 * 1024 * 1024;
const workerCount = 2;
const maxBatchFiles = 256;

/**
 * On this machine's disk, large jobs in two threads: asynchronous file calls are several times slower than
 * synchronous ones for small files, and these would stop the event loop.
 */
export const hashInWorkers: HashMany = (root, paths, onHashed) =>
  isWorthWorkers(root, paths) ? hashInLanes(root, paths, onHashed) : hashInline(nodeDisk)(root, paths, onHashed);

function isWorthWorkers(root: string, paths: readonly string[]): boolean {
  if (paths.length < 2) return false;
  if (paths.length >= worthFiles) return true;
  const sizes = paths.map((path) => nodeDisk.stat(`${root}/${path}`)?.sizeBytes ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0) >= worthBytes;
}

async function hashInLanes(
  root: string,
  paths: readonly string[],
  onHashed: (count: number) => void,
): Promise<(FileFacts | undefined)[]> {
  const batches = batchesOf(paths);
  const results: (FileFacts | undefined)[][] = [];
  const queue = batches.entries();
  const lanes = Array.from({ length: workerCount }, () => lane());
  for (const settled of await Promise.allSettled(lanes)) {
    if (settled.status === "rejected") throw settled.reason;
  }
  return results.flat();

  /** Takes batch after batch from the queue that all lanes share. A refusal ends the others after their batch. */
  async function lane(): Promise<void> {
    const hasher = startHasher();
    try {
      for (const [index, batch] of queue) {
        results[index] = await hasher.hash({ root, paths: batch });
        onHashed(batch.length);
      }
    } catch (error) {
      batches.length = 0;
      throw error;
    } finally {
      hasher.stop();
    }
  }
}

/** Small enough that both threads end at nearly the same time, also with a few large files. */
function batchesOf(paths: readonly string[]): (readonly string[])[] {
  const size = Math.min(maxBatchFiles, Math.ceil(paths.length / 32));
  return Array.from({ length: Math.ceil(paths.length / size) }, (_, index) =>
    paths.slice(index * size, (index + 1) * size),
  );
}

interface Hasher {
  hash(request: HashRequest): Promise<(FileFacts | undefined)[]>;
  stop(): void;
}

/** A thread; where none can be started, or when it dies, this one does its work. */
function startHasher(): Hasher {
  const worker = startWorker();
  let isUsable = worker !== undefined;
  return {
    hash: async (request) => {
      const answer = isUsable && worker ? await ask(worker, request) : undefined;
      isUsable = answer !== undefined;
      return answer === undefined ? hashBatch(nodeDisk, request.root, request.paths) : read(answer, request);
    },
    stop: () => void worker?.terminate(),
  };
}

function startWorker(): Worker | undefined {
  const file = import.meta.url.endsWith(".ts") ? "./hash-worker.ts" : "./hash-worker.js";
  try {
    const worker = new Worker(new URL(file, import.meta.url));
    // What went wrong before the first question is found out by asking it.
    worker.on("error", () => {});
    return worker;
  } catch {
    return undefined;
  }
}

/** Undefined if the thread is dead or dies. */
function ask(worker: Worker, request: HashRequest): Promise<HashAnswer | undefined> {
  if (worker.threadId === -1) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const settle = (answer?: HashAnswer) => {
      worker.off("message", settle).off("exit", onExit);
      resolve(answer);
    };
    const onExit = () => settle();
    worker.on("message", settle).on("exit", onExit);
    worker.postMessage(request);
  });
}

function read(answer: HashAnswer, request: HashRequest): (FileFacts | undefined)[] {
  if ("refusal" in answer) throw refusalOf(answer.refusal);
  return request.paths.map((_, index) => unpackFacts(answer.columns, index));
}

function refusalOf({ code, message, hint, details }: Refusal): RunledgerError {
  return new RunledgerError(code, message, { ...(hint === undefined ? {} : { hint }), details: { ...details } });
}
