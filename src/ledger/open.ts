import { syncDirectories } from "../durable/directories.ts";
import type { Disk, DiskFile } from "../durable/disk.ts";
import type { RunLayout } from "../durable/layout.ts";
import type { Retries } from "../durable/retries.ts";
import { RunledgerError } from "../errors.ts";
import { type Clock, type Randomness, randomHex } from "../ports.ts";
import { CallLine } from "./call-line.ts";
import type { EventRecord, LedgerEntry } from "./entry.ts";
import { checkFirstEntry } from "./first-entry.ts";
import { damageError, Floor } from "./floor.ts";
import { emptyHead } from "./line.ts";
import type { Ledger, OnDurable } from "./port.ts";
import { chunks, rewrite } from "./rewrite.ts";
import { type Scan, ScannedCall, scanLedger } from "./scan.ts";
import { closingOnFailure, readWatermark, type Watermark, WatermarkFile } from "./watermark.ts";
import { LedgerWriter, type OpenFiles } from "./writer.ts";

export interface LedgerPlace {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** The store's directory. */
  readonly store: string;
  readonly run: RunLayout;
  /** This boot of the machine, or `unknown`. */
  readonly bootId: string;
}

export interface OpenedLedger {
  readonly ledger: Ledger;
  /** What was cut, if anything was: bytes that had never been acknowledged, and the file that keeps them. */
  readonly recovered: CutTail | undefined;
}

export interface CutTail {
  readonly cutBytes: number;
  readonly file: string;
}

/**
 * Creates the ledger of a run with its first entry. The caller holds the run's lock, and the run's directory exists.
 * When this returns the run exists: entry 1, the watermark and all directories up to the store's are durable. If the
 * process dies before, there is no run, only a folder that the next start removes.
 */
export async function createLedger(place: LedgerPlace, first: EventRecord, onDurable: OnDurable): Promise<void> {
  const { disk, run, clock } = place;
  const durable = { head: emptyHead, lengthBytes: 0, bootId: place.bootId };
  const watermarkFile = WatermarkFile.create(place, run.watermark, durable);
  const file = closingOnFailure(watermarkFile, () => disk.open(run.ledger, "append"));
  const files = { file, watermarkFile, durable };
  const writer = new LedgerWriter({ files, clock, onDurable, mending: undefined });
  try {
    syncDirectories(disk, place.store, run.directory);
    await writer.append(first, { inFlight: 1 });
  } finally {
    await writer.close();
  }
}

/** How a ledger goes on after a failure that passes by itself. */
export interface Mending {
  readonly retries: Retries;
  /** What opening anew has cut: part of an entry that is then written again as a whole. */
  readonly onCut: (cut: CutTail) => void;
}

/** True if the line needs not be parsed. */
export type OnCall = (call: ScannedCall) => boolean;

/**
 * Opens the ledger of a run for writing. The caller holds the run's lock. What `onReplayed` was called with, in order,
 * is durable when this returns, and the watermark says so; bytes that had never been acknowledged and are no entries
 * are cut, with a copy beside the ledger. Without `mending` the first failure of a write is the last.
 *
 * `onCall` is asked first about each line of a function step, unparsed; false: `onReplayed` gets it as an entry.
 *
 * Throws `LEDGER_DAMAGED`, with nothing changed, if what had been acknowledged is missing or wrong.
 */
export function openLedger(
  place: LedgerPlace,
  onReplayed: (entry: LedgerEntry) => void,
  onDurable: OnDurable,
  mending?: Mending,
  onCall: OnCall = () => false,
): OpenedLedger {
  const { recovered, ...files } = openFiles(place, onReplayed, onCall);
  const reopen = ({ onCut }: Mending) => {
    const { recovered: cut, ...again } = openFiles(
      place,
      () => {},
      () => true,
    );
    if (cut !== undefined) onCut(cut);
    return again;
  };
  const ledger = new LedgerWriter({
    files,
    clock: place.clock,
    onDurable,
    mending: mending && { retries: mending.retries, reopen: () => reopen(mending) },
  });
  return { ledger, recovered };
}

/** Recovers what is there. When this returns all of it is durable, and the files are open for appending. */
function openFiles(
  place: LedgerPlace,
  onReplayed: (entry: LedgerEntry) => void,
  onCall: OnCall,
): OpenFiles & Pick<OpenedLedger, "recovered"> {
  const { disk, run, bootId } = place;
  const file = disk.open(run.ledger, "update");
  try {
    syncWhatIsThere(place, file);
    const watermark = readWatermark(disk, run.watermark);
    const { scan, floor } = replay(file, watermark, onReplayed, onCall);
    const recovered = scan.broken && cutTail(place, file, scan);
    if (!anotherBoot(watermark, bootId) && floor.endByte < scan.lengthBytes) {
      rewrite(file, floor.endByte, scan.lengthBytes);
    }
    const durable = { head: scan.head, lengthBytes: scan.lengthBytes, bootId };
    const watermarkFile = WatermarkFile.open(place, run.watermark, durable);
    const appending = closingOnFailure(watermarkFile, () => {
      // Its name is new then; all other names have been synced above.
      if (watermark === undefined) disk.syncDirectory(run.directory);
      return disk.open(run.ledger, "append");
    });
    return { file: appending, watermarkFile, durable, recovered };
  } finally {
    file.close();
  }
}

/** The life that wrote these bytes and directory entries may have been killed before its syncs. */
function syncWhatIsThere(place: LedgerPlace, file: DiskFile): void {
  file.sync();
  syncDirectories(place.disk, place.store, place.run.directory);
}

function replay(
  file: DiskFile,
  watermark: Watermark | undefined,
  onReplayed: (entry: LedgerEntry) => void,
  onCall: OnCall,
): { scan: Scan; floor: Floor } {
  const floor = new Floor(watermark);
  const scanned = scanLedger(file, file.stat().sizeBytes, { callLine: new CallLine() });
  let step = scanned.next();
  for (; !step.done; step = scanned.next()) {
    const line = step.value;
    if (line.seq === 1) checkFirstEntry(line.entry, file.path);
    floor.see(line);
    if (!(line instanceof ScannedCall && onCall(line))) onReplayed(line.entry);
  }
  const damage = floor.damage(step.value);
  if (damage !== undefined) throw damageError(file.path, damage);
  if (step.value.head.seq === 0) throw neverBegan(file.path);
  return { scan: step.value, floor };
}

/** Nothing was acknowledged here, not even entry 1: its start died, and there is no run. Nothing is cut. */
function neverBegan(ledgerFile: string): RunledgerError {
  return new RunledgerError("RUN_NOT_FOUND", `${ledgerFile}: no entry was ever acknowledged, so there is no run`, {
    hint: "Start the task again: the next start removes this folder.",
    details: { file: ledgerFile },
  });
}

/** Before: the tail is in the ledger. Between: in both. After: only in the copy, and both files are durable. */
function cutTail(place: LedgerPlace, file: DiskFile, scan: Scan): CutTail {
  const copyPath = place.run.tornLedger(randomHex(place.randomness, 4));
  const copy = place.disk.open(copyPath, "create");
  try {
    for (const { bytes, at } of chunks(file, scan.lengthBytes, scan.fileBytes))
      copy.write(bytes, at - scan.lengthBytes);
    copy.sync();
  } catch (error) {
    copy.close();
    place.disk.unlink(copyPath);
    throw error;
  }
  copy.close();
  place.disk.syncDirectory(place.run.directory);
  file.truncate(scan.lengthBytes);
  file.sync();
  return { cutBytes: scan.fileBytes - scan.lengthBytes, file: copyPath };
}

function anotherBoot(watermark: Watermark | undefined, bootId: string): boolean {
  if (watermark === undefined || watermark.bootId === "unknown" || bootId === "unknown") return false;
  return watermark.bootId !== bootId;
}
