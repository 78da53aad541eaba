import { parentPort } from "node:worker_threads";
import { nodeDisk } from "../durable/node-disk.ts";
import { RunledgerError } from "../errors.ts";
import { hashBatch } from "./hash-many.ts";
import type { HashAnswer, HashRequest } from "./hash-messages.ts";

// The thread that hash-thread.ts starts: one batch in, one answer out.
parentPort?.on("message", (request: HashRequest) => parentPort?.postMessage(answer(request)));

function answer({ root, paths, known }: HashRequest): HashAnswer {
  try {
    return { facts: hashBatch(nodeDisk, root, { paths: paths.split("\0"), known }) };
  } catch (error) {
    if (!(error instanceof RunledgerError)) throw error;
    return { refusal: { code: error.code, message: error.message, hint: error.hint, details: error.details } };
  }
}
