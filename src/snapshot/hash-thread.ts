import { Worker } from "node:worker_threads";
import { RunledgerError } from "../errors.ts";
import type { Batch, BatchFacts } from "./hash-many.ts";
import type { HashAnswer, HashRequest, Refusal } from "./hash-messages.ts";

/** A thread that hashes. */
export interface HashThread {
  /** See `hashBatch`; undefined if the thread could not be started, or is dead or dies. */
  hash(root: string, batch: Batch): Promise<BatchFacts | undefined>;
  stop(): void;
}

/** It answers in the order in which it is asked. */
export function startHashThread(): HashThread {
  const waiting: ((answer?: HashAnswer) => void)[] = [];
  const worker = startWorker();
  let isUsable = worker !== undefined && worker.threadId !== -1;
  worker?.on("message", (answer: HashAnswer) => waiting.shift()?.(answer));
  worker?.on("exit", () => {
    isUsable = false;
    for (const settle of waiting.splice(0)) settle();
  });
  return {
    hash: async (root, { paths, known }) => {
      if (!isUsable) return undefined;
      const answer = await new Promise<HashAnswer | undefined>((resolve) => {
        waiting.push(resolve);
        worker?.postMessage({ root, paths: paths.join("\0"), known } satisfies HashRequest);
      });
      if (answer !== undefined && "refusal" in answer) throw refusalOf(answer.refusal);
      return answer?.facts;
    },
    stop: () => void worker?.terminate(),
  };
}

function startWorker(): Worker | undefined {
  const file = import.meta.url.endsWith(".ts") ? "./hash-worker.ts" : "./hash-worker.js";
  try {
    const worker = new Worker(new URL(file, import.meta.url));
    // What went wrong shows by its end.
    worker.on("error", () => {});
    return worker;
  } catch {
    return undefined;
  }
}

function refusalOf({ code, message, hint, details }: Refusal): RunledgerError {
  return new RunledgerError(code, message, { ...(hint === undefined ? {} : { hint }), details: { ...details } });
}
