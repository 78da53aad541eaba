import { hash } from "node:crypto";
import { fdatasyncSync, fsyncSync, openSync, writeSync } from "node:fs";
import path from "node:path";

/** A ledger and its watermark as plain programs write them: no failure of the disk would be survived. */
export type PlainLedger = ReturnType<typeof plainLedger>;

export function plainLedger(directory: string) {
  const [ledger, watermark] = [path.join(directory, "ledger"), path.join(directory, "watermark")];
  const [ledgerFile, watermarkFile] = [openSync(ledger, "a"), openSync(watermark, "w")];
  writeSync(watermarkFile, Buffer.alloc(1024));
  fsyncSync(watermarkFile);
  const slot = Buffer.alloc(512, " ");
  let [seq, previous, lengthBytes, commits, lines] = [0, "0".repeat(64), 0, 0, ""];
  /** `inputs`, `result`: JSON. */
  const line = (step: string, key: string, inputs: string, result: string) => {
    const at = new Date().toISOString();
    const messageId = crypto.randomUUID();
    const correlationId = hash("sha1", `run\n${key}`, "hex").slice(0, 36);
    seq += 1;
    const body =
      `{"at":"${at}","attempt":1,"command":{"action":"call","idempotency_key":"${key}","inputs":${inputs},"step":"${step}"},` +
      `"correlation_id":"${correlationId}","durable":${seq - 1},"event":"call.completed","from":{"agent_type":"call"},` +
      `"kind":"event","message_id":"${messageId}","occurred_at":"${at}","payload":{"result":${result}},"seq":${seq},` +
      `"status":"success","step":"${step}","task_id":"bench"}`;
    previous = hash("sha256", previous + body, "hex");
    lines += `${body.slice(0, -1)},"hash":"${previous}"}\n`;
    return { seq, at, entryHash: previous, messageId, correlationId };
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

/** Those who wait in one turn of the event loop share a commit. */
export function groupsOf(): (commit: () => void) => Promise<void> {
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
