import type { Disk, DiskFile } from "../durable/disk.ts";
import { errnoOf, invariant, RunledgerError, readFailureCode } from "../errors.ts";
import { sha256Hex } from "../idempotency/digest.ts";
import type { Clock } from "../ports.ts";
import type { Head } from "./entry.ts";

/** What is known to be durable: a ledger of `lengthBytes` that ends with the entry `head`. May be older than the truth, never newer. */
export interface Watermark {
  readonly head: Head;
  readonly lengthBytes: number;
  /** The boot of the machine that wrote it, or `unknown`. */
  readonly bootId: string;
}

interface WatermarkPlace {
  readonly disk: Disk;
  readonly clock: Clock;
}

interface Slot extends Watermark {
  readonly counter: number;
}

const slotBytes = 512;
const syncEveryMs = 1000;

/**
 * The watermark as a file of two slots of 512 bytes, written in turn in place: a torn write spoils the slot that is
 * being written, never the one before. (Its atomic replacement would halve the rate of appends.) What is written is
 * synced once a second, by the first write that comes a second after the last sync.
 */
export class WatermarkFile {
  readonly #file: DiskFile;
  readonly #clock: Clock;
  #counter: number;
  #syncedMs = 0;
  /** One is written for each commit. */
  readonly #slot = Buffer.alloc(slotBytes);
  #isPrepared = false;

  /** Creates the file and writes both slots. Durable when this returns, except for the directory entry. */
  static create({ disk, clock }: WatermarkPlace, path: string, watermark: Watermark): WatermarkFile {
    const created = new WatermarkFile(disk.open(path, "lock"), clock, 0);
    created.#begin([watermark, watermark]);
    return created;
  }

  /** Opens it (creates it, if it is absent) to go on after what {@link readWatermark} found. */
  static open(place: WatermarkPlace, path: string, watermark: Watermark): WatermarkFile {
    const { disk, clock } = place;
    const slot = readSlot(disk, path);
    if (slot === undefined) return WatermarkFile.create(place, path, watermark);
    const opened = new WatermarkFile(disk.open(path, "update"), clock, slot.counter);
    opened.#begin([watermark]);
    return opened;
  }

  private constructor(file: DiskFile, clock: Clock, counter: number) {
    this.#file = file;
    this.#clock = clock;
    this.#counter = counter;
  }

  /** What the next {@link write} is to write: half of what a note costs, best paid beside hashing the entry that it is about. */
  prepare(watermark: Watermark): void {
    encodeSlot(this.#slot, watermark, this.#counter + 1);
    this.#isPrepared = true;
  }

  /** What was prepared, in place; durable with the next {@link sync}, which comes by itself once a second. */
  write(): void {
    this.#write();
    if (this.#clock.monotonicMs() - this.#syncedMs >= syncEveryMs) this.sync();
  }

  sync(): void {
    this.#file.datasync();
    this.#syncedMs = this.#clock.monotonicMs();
  }

  close(): void {
    this.#file.close();
  }

  #write(): void {
    invariant(this.#isPrepared, "a watermark is prepared before it is written");
    this.#isPrepared = false;
    this.#counter += 1;
    this.#file.write(this.#slot, (this.#counter % 2) * slotBytes);
  }

  /** Durable when this returns; if it fails, the file is closed. */
  #begin(watermarks: readonly Watermark[]): void {
    closingOnFailure(this, () => {
      for (const each of watermarks) {
        this.prepare(each);
        this.#write();
      }
      this.sync();
    });
  }
}

/** What `action` returns; if it throws, `file` is closed first. */
export function closingOnFailure<Value>(file: { close(): void }, action: () => Value): Value {
  try {
    return action();
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * The watermark at `path`; undefined only if there is no such file. Any other failure to read it stops: taking an
 * unreadable watermark for an absent one would let damage pass for a torn tail.
 */
export function readWatermark(disk: Disk, path: string): Watermark | undefined {
  return readSlot(disk, path);
}

function readSlot(disk: Disk, path: string): Slot | undefined {
  const bytes = readIfPresent(disk, path);
  if (bytes === undefined) return undefined;
  const slots = [decodeSlot(bytes.subarray(0, slotBytes)), decodeSlot(bytes.subarray(slotBytes, 2 * slotBytes))];
  const valid = slots.filter((slot) => slot !== undefined);
  if (valid.length > 0) return valid.reduce((best, slot) => (slot.counter > best.counter ? slot : best));
  throw new RunledgerError("LEDGER_DAMAGED", `${path}: neither of its two slots is valid (${bytes.length} bytes)`, {
    hint: "Restore the file from a backup, or move it aside to let the ledger speak for itself.",
    details: { file: path },
  });
}

function readIfPresent(disk: Disk, path: string): Uint8Array | undefined {
  try {
    return disk.readFile(path);
  } catch (cause) {
    if (errnoOf(cause) === "ENOENT") return undefined;
    throw new RunledgerError(readFailureCode(cause), `${path}: cannot be read (${errnoOf(cause)})`, {
      hint: "Nothing was changed. Make the file readable, then try again.",
      cause,
    });
  }
}

/** `rlw1 <counter> <seq> <length> <head> <boot_id> <first 16 hex of SHA-256 of all before>`, padded with spaces, then LF. */
function encodeSlot(slot: Buffer, { head, lengthBytes, bootId }: Watermark, counter: number): void {
  const text = `rlw1 ${counter} ${head.seq} ${lengthBytes} ${head.hash} ${bootId} `;
  slot.fill(0x20, slot.write(text + checksum(text), "latin1"), slotBytes - 1);
  slot[slotBytes - 1] = 0x0a;
}

const slotPattern = /^(rlw1 (\d{1,15}) (\d{1,15}) (\d{1,15}) ([0-9a-f]{64}) (\S{1,64}) )([0-9a-f]{16}) *\n$/;

function decodeSlot(bytes: Uint8Array): Slot | undefined {
  if (bytes.length !== slotBytes) return undefined;
  const match = slotPattern.exec(Buffer.from(bytes).toString("latin1"));
  if (match === null) return undefined;
  const [, text = "", counter, seq, lengthBytes, hash = "", bootId = "", sum] = match;
  if (checksum(text) !== sum) return undefined;
  return { counter: Number(counter), head: { seq: Number(seq), hash }, lengthBytes: Number(lengthBytes), bootId };
}

function checksum(text: string): string {
  return sha256Hex(text).slice(0, 16);
}
