// Reads a whole ledger, its chain checked, and says how long that took and how much memory the process has had. Plain
// JavaScript: what strips types would be a quarter of that memory.
import { readLedger, replay, verifyLedger, verifyRun } from "runledger";
import { peakMegabytes } from "./peak-memory.mjs";

const ways = {
  /** Hands out every entry; nothing is kept. */
  read: (run) => {
    for (const entry of readLedger(run)) if (entry.seq < 1) throw new Error("an entry without a place");
  },
  /** Folds them to the run state, with what is known of every key. */
  replay: (run) => replay(readLedger(run)),
  /** The ledger alone. */
  verify: (run) => refuseFaults(verifyLedger(run)),
  /** The run: its objects and receipts too. */
  "verify run": async (run) => refuseFaults(await verifyRun(run)),
};

function refuseFaults({ ok, faults }) {
  if (!ok) throw new Error(JSON.stringify(faults));
}

const [how, workspace, runId] = process.argv.slice(2);
const start = performance.now();
await ways[how]({ workspace, runId });
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, rssMegabytes: peakMegabytes() }));
