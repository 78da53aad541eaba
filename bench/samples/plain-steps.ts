import { hash } from "node:crypto";
import { fdatasyncSync, fsyncSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import type { Measures } from "../row.ts";
import { smallResult } from "../small-result.ts";

/**
 * What a step has to compute and to write, and nothing else: its key, an entry with its hash, the watermark, a receipt. No input is
 * checked, nothing could be resumed by it, and no failure of the disk would be survived. Shows what Node takes for that.
 */
export async function sample(input: { directory: string; steps: number; warmUp: number }): Promise<Measures> {
  const take = plainSteps(input.directory);
  for (let n = 0; n < input.warmUp; n++) await take(n);
  const start = performance.now();
  for (let n = input.warmUp; n < input.warmUp + input.steps; n++) await take(n);
  return { ms: performance.now() - start };
}

function plainSteps(directory: string): (n: number) => Promise<unknown> {
  const open = (name: string, flags: string) => openSync(path.join(directory, name), flags);
  const [ledger, watermark, receipts] = [open("ledger", "a"), open("watermark", "w"), open("receipts", "a")];
  writeSync(watermark, Buffer.alloc(1024));
  fsyncSync(watermark);
  const slot = Buffer.alloc(512, " ");
  const results = new Map<string, unknown>();
  let [previous, lengthBytes, waiting] = ["0".repeat(64), 0, ""];
  return async (n) => {
    const [step, inputs] = ["work", { n }];
    const key = `ik:${hash("sha256", JSON.stringify({ action: "call", inputs, step }), "hex")}`;
    if (results.has(key)) return results.get(key);
    const result: unknown = JSON.parse(JSON.stringify(await smallResult(n)));
    const at = new Date().toISOString();
    const seq = results.size + 1;
    const body = JSON.stringify({
      ...{ at, attempt: 1, command: { action: "call", idempotency_key: key, inputs, step } },
      ...{ correlation_id: hash("sha1", `run\n${key}`, "hex").slice(0, 36), durable: seq - 1 },
      ...{ event: "call.completed", from: { agent_type: "call" }, kind: "event", message_id: crypto.randomUUID() },
      ...{ occurred_at: at, payload: { result }, seq, status: "success", step, task_id: "bench" },
    });
    previous = hash("sha256", previous + body, "hex");
    lengthBytes += writeSync(ledger, `${body.slice(0, -1)},"hash":"${previous}"}\n`);
    const text = `${seq} ${lengthBytes} ${previous} `;
    slot.write(text + hash("sha256", text, "hex"), "latin1");
    writeSync(watermark, slot, 0, 512, (seq % 2) * 512);
    fdatasyncSync(ledger);
    results.set(key, result);
    waiting += `${JSON.stringify({ action: "call", artifacts: [], at, entry_hash: previous, key, n: seq, step })}\n`;
    if (seq % 256 === 0) {
      writeSync(receipts, waiting);
      waiting = "";
    }
    return result;
  };
}
