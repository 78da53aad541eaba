import { hash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

// A thread of samples/hash-files.ts: says that it is there, and reads and hashes its files when told to.
const paths = workerData as readonly string[];
const buffer = Buffer.allocUnsafeSlow(256 * 1024);

parentPort?.once("message", () => parentPort?.postMessage(paths.reduce((bytes, file) => bytes + hashOne(file), 0)));
parentPort?.postMessage("ready");

/** One call reads such a file whole; how many bytes it has. */
function hashOne(file: string): number {
  const descriptor = openSync(file, "r");
  const bytes = readSync(descriptor, buffer);
  hash("sha256", buffer.subarray(0, bytes), "hex");
  closeSync(descriptor);
  return bytes;
}
