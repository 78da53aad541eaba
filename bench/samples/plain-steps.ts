import { hash } from "node:crypto";
import { fdatasyncSync, fsyncSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import { inLanes, type TimedSteps } from "../lanes.ts";
import type { Measures } from "../row.ts";
import { smallResult } from "../small-result.ts";

/**
 * What steps have to compute and to write, and nothing else: key, entry with its hash, watermark, receipt. No input is
 * checked, nothing could be resumed by it, and no failure of the disk would be survived. Shows what Node takes for that.
 */
export async function sample(input: TimedSteps): Promise<Measures> {
  const { steps, warmUp, atATime } = input;
  const take = plainSteps(input.directory, atATime);
  await inLanes({ steps: warmUp, atATime }, take);
  const start = performance.now();
  await inLanes({ steps, atATime, first: warmUp }, take);
  return { ms: performance.now() - start };
}

function plainSteps(directory: string, atATime: number): (n: number) => Promise<unknown> {
  const results = new Map<string, unknown>();
  const append = plainLedger(directory);
  const wait = atATime === 1 ? (commit: () => void) => commit() : groups();
  let waiting = "";
  const receipts = openSync(path.join(directory, "receipts"), "a");
  return async (n) => {
    const [step, inputs] = ["work", { n }];
    const key = `ik:${hash("sha256", JSON.stringify({ action: "call", inputs, step }), "hex")}`;
    if (results.has(key)) return results.get(key);
    const result: unknown = JSON.parse(JSON.stringify(await smallResult(n)));
    const { seq, at, entryHash } = append.line(step, key, inputs, result);
    await wait(append.commit);
    results.set(key, result);
    waiting += `${JSON.stringify({ action: "call", artifacts: [], at, entry_hash: entryHash, key, n: seq, step })}\n`;
    if (seq % 256 === 0) {
      writeSync(receipts, waiting);
      waiting = "";
    }
    return result;
  };
}

/** Those who wait in one turn of the event loop share a commit. */
function groups(): (commit: () => void) => Promise<void> {
  let waiting: (() => void)[] = [];
  return (commit) =>
    new Promise((resolve) => {
      if (waiting.push(resolve) > 1) return;
      setImmediate(() => {
        const batch = waiting;
        waiting = [];
        commit();
        for (const each of batch) each();
      });
    });
}

function plainLedger(directory: string) {
  const [ledger, watermark] = [path.join(directory, "ledger"), path.join(directory, "watermark")];
  const [ledgerFile, watermarkFile] = [openSync(ledger, "a"), openSync(watermark, "w")];
  writeSync(watermarkFile, Buffer.alloc(1024));
  fsyncSync(watermarkFile);
  const slot = Buffer.alloc(512, " ");
  let [seq, previous, lengthBytes, commits, lines] = [0, "0".repeat(64), 0, 0, ""];
  const line = (step: string, key: string, inputs: object, result: unknown) => {
    const at = new Date().toISOString();
    seq += 1;
    const body = JSON.stringify({
      ...{ at, attempt: 1, command: { action: "call", idempotency_key: key, inputs, step } },
      ...{ correlation_id: hash("sha1", `run\n${key}`, "hex").slice(0, 36), durable: seq - 1 },
      ...{ event: "call.completed", from: { agent_type: "call" }, kind: "event", message_id: crypto.randomUUID() },
      ...{ occurred_at: at, payload: { result }, seq, status: "success", step, task_id: "bench" },
    });
    previous = hash("sha256", previous + body, "hex");
    lines += `${body.slice(0, -1)},"hash":"${previous}"}\n`;
    return { seq, at, entryHash: previous };
  };
  const commit = () => {
    lengthBytes += writeSync(ledgerFile, lines);
    lines = "";
    const text = `${seq} ${lengthBytes} ${previous} `;
    slot.write(text + hash("sha256", text, "hex"), "latin1");
    writeSync(watermarkFile, slot, 0, 512, (commits++ % 2) * 512);
    fdatasyncSync(ledgerFile);
  };
  return { line, commit };
}
