import { readLedger, replay, verifyLedger, verifyRun } from "runledger";
import type { Measures } from "../row.ts";

const ways = {
  /** Hands out every entry; nothing is kept. */
  read: (run: Run) => {
    for (const entry of readLedger(run)) if (entry.seq < 1) throw new Error("an entry without a place");
  },
  /** Folds them to the run state, with what is known of every key. */
  replay: (run: Run) => replay(readLedger(run)),
  /** The ledger alone. */
  verify: (run: Run) => refuseFaults(verifyLedger(run)),
  /** The run: its objects and receipts too. */
  "verify run": async (run: Run) => refuseFaults(await verifyRun(run)),
};

type Run = { readonly workspace: string; readonly runId: string };

/** Reads a whole ledger, its chain checked. */
export async function sample({ how, ...run }: Run & { how: keyof typeof ways }): Promise<Measures> {
  const start = performance.now();
  await ways[how](run);
  return { ms: performance.now() - start };
}

function refuseFaults({ ok, faults }: { ok: boolean; faults: readonly unknown[] }): void {
  if (!ok) throw new Error(JSON.stringify(faults));
}
