import { hash } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import path from "node:path";
import { inLanes, type TimedSteps } from "../lanes.ts";
import { groupsOf, plainLedger } from "../plain-ledger.ts";
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
  const wait = atATime === 1 ? (commit: () => void) => commit() : groupsOf();
  let waiting = "";
  const receipts = openSync(path.join(directory, "receipts"), "a");
  return async (n) => {
    const [step, inputs] = ["work", { n }];
    const key = `ik:${hash("sha256", JSON.stringify({ action: "call", inputs, step }), "hex")}`;
    if (results.has(key)) return results.get(key);
    const result = JSON.stringify(await smallResult(n));
    const { seq, at, entryHash } = append.line(step, key, JSON.stringify(inputs), result);
    await wait(append.commit);
    results.set(key, result);
    waiting += `${JSON.stringify({ action: "call", artifacts: [], at, entry_hash: entryHash, key, n: seq, step })}\n`;
    if (seq % 256 === 0) {
      writeSync(receipts, waiting);
      waiting = "";
    }
    return JSON.parse(result);
  };
}
