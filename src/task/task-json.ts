import { RunledgerError } from "../errors.ts";
import { canonicalJson } from "../idempotency/canonical.ts";
import { sha256 } from "../idempotency/digest.ts";
import { parseJson } from "../idempotency/parse-json.ts";
import type { ResolvedTask } from "./task.ts";

/** The version of the task file that this runledger reads and writes. */
const taskVersion = 1;

/** The content of `task.json`: the canonical JSON of the resolved task. */
export function taskJson(task: ResolvedTask): string {
  return canonicalJson(task);
}

/** `sha256:<64 hex>` of exactly the bytes of {@link taskJson}. */
export function taskDigest(task: ResolvedTask): string {
  return sha256(taskJson(task));
}

/**
 * The task of a run's `task.json`, whose digest its ledger names. `RECORD_DAMAGED` if the bytes are not those that were written;
 * `FORMAT_NEWER` if a newer runledger wrote them. What has the digest was checked when it was written, so no schema is loaded.
 */
export function readTaskJson(bytes: Uint8Array, expectedDigest: string): ResolvedTask {
  const digest = sha256(bytes);
  if (digest !== expectedDigest) {
    throw new RunledgerError(
      "RECORD_DAMAGED",
      `task.json has the digest ${digest}, the ledger says ${expectedDigest}`,
      {
        hint: "The ledger is untouched. Put the file back as it was, or start anew: runledger run --task … --no-resume",
        details: { expected: expectedDigest, found: digest },
      },
    );
  }
  const task = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8")) as ResolvedTask;
  refuseNewerTask(task, "task.json");
  return task;
}

/** `FORMAT_NEWER` for what says that it is of a later version. */
export function refuseNewerTask(task: unknown, file: string): void {
  const version = typeof task === "object" && task !== null && "version" in task ? task.version : undefined;
  if (typeof version !== "number" || version <= taskVersion || !Number.isInteger(version)) return;
  throw new RunledgerError(
    "FORMAT_NEWER",
    `${file}: version ${version} of the task file; this version reads ${taskVersion}`,
    {
      hint: "Use a newer runledger.",
      details: { file, version },
    },
  );
}
