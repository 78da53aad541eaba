import type { RunLayout } from "../../durable/layout.ts";
import { CallLine } from "../../ledger/call-line.ts";
import type { Head, LedgerEntry } from "../../ledger/entry.ts";
import { checkFirstEntry } from "../../ledger/first-entry.ts";
import { damageError, Floor } from "../../ledger/floor.ts";
import type { OnCall } from "../../ledger/open.ts";
import { type Scan, ScannedCall, type ScannedLine, scanLedger } from "../../ledger/scan.ts";
import { readWatermark } from "../../ledger/watermark.ts";
import type { World } from "../place/world.ts";
import { tornTail } from "../read/torn-tail.ts";
import type { Findings } from "./findings.ts";

/**
 * Checks every byte of a ledger: the chain, and that all is there that was acknowledged. `onEntry` is called for each
 * sound entry in order; what it refuses is a fault, and ends the check. Returns the last sound entry. `mayBeWriting`,
 * asked before: a process seems to work on the run, and bytes behind the last entry are what it writes. `onCall` is asked
 * first about each line of a function step, unparsed; false: `onEntry` gets it as an entry.
 */
export function checkLedger(
  world: World,
  run: RunLayout,
  mayBeWriting: boolean,
  findings: Findings,
  onEntry: (entry: LedgerEntry) => void,
  onCall: OnCall,
): Head | undefined {
  // The watermark first, then the ledger's size: a live writer moves them in the other order.
  const watermark = findings.attempt(run.watermark, () => readWatermark(world.disk, run.watermark));
  let head: Head | undefined;
  findings.attempt(run.ledger, () => {
    const floor = new Floor(watermark);
    const scan = scanAll(world, run, floor, (line) => {
      if (!(line instanceof ScannedCall && onCall(line))) onEntry(line.entry);
      head = { seq: line.seq, hash: line.hash };
    });
    const damage = floor.damage(scan);
    if (damage !== undefined) throw damageError(run.ledger, damage);
    if (scan.broken !== undefined && !mayBeWriting)
      findings.note({ code: "TORN_TAIL", file: run.ledger, message: tornTail(scan) });
    if (scan.head.seq > 0 && watermark === undefined && world.disk.stat(run.watermark) === undefined) {
      const message = "the watermark is missing; the next resume writes it anew";
      findings.note({ code: "WATERMARK_MISSING", file: run.watermark, message });
    }
  });
  return head;
}

function scanAll(world: World, run: RunLayout, floor: Floor, onLine: (line: ScannedLine) => void): Scan {
  const file = world.disk.open(run.ledger, "read");
  try {
    const scanned = scanLedger(file, file.stat().sizeBytes, { callLine: new CallLine() });
    let step = scanned.next();
    for (; !step.done; step = scanned.next()) {
      if (step.value.seq === 1) checkFirstEntry(step.value.entry, run.ledger);
      floor.see(step.value);
      onLine(step.value);
    }
    return step.value;
  } finally {
    file.close();
  }
}
