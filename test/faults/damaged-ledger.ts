import { RunledgerError } from "../../src/errors.ts";
import type { LedgerEntry } from "../../src/ledger/entry.ts";
import { openLedger } from "../../src/ledger/open.ts";
import { type DiskImage, inodeOf, lookUp, withEntries, withPages } from "../simulated/disk-image.ts";
import { durablePages } from "../simulated/file-pages.ts";
import { SimulatedMachine } from "../simulated/simulated-world.ts";
import { givenLedger, ledgerPlace, run } from "./given-ledger.ts";

/** A sound ledger, and what is needed to say what must become of it when it is damaged. */
export interface SoundLedger {
  readonly image: DiskImage;
  readonly bytes: Uint8Array;
  readonly entries: readonly LedgerEntry[];
  /** Byte offset of the end of each line. */
  readonly ends: readonly number[];
}

/** Thirty entries in commits of one to three. */
export async function thirtyEntries(): Promise<SoundLedger> {
  const { image, entries } = await givenLedger([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 2]);
  const bytes = fileBytes(image, run.ledger);
  const ends = [...bytes.keys()].filter((index) => bytes[index] === 0x0a).map((index) => index + 1);
  return { image, bytes, entries, ends };
}

export function fileBytes(image: DiskImage, path: string): Uint8Array {
  const found = lookUp(image, path);
  const inode = typeof found === "number" ? inodeOf(image, found) : undefined;
  if (inode?.kind !== "file") throw new Error(`no file ${path}`);
  return inode.pages.bytes;
}

export function withFile(image: DiskImage, path: string, bytes: Uint8Array): DiskImage {
  const found = lookUp(image, path);
  if (typeof found === "string") throw new Error(`no file ${path}`);
  return withPages(image, found, durablePages(bytes));
}

function withoutFile(image: DiskImage, path: string): DiskImage {
  const cut = path.lastIndexOf("/");
  const directory = lookUp(image, path.slice(0, cut));
  if (typeof directory === "string") throw new Error(`no directory of ${path}`);
  return withEntries(image, [{ directory, name: path.slice(cut + 1), inode: undefined }]);
}

/** What a life makes of a ledger when it opens it. */
export type Verdict =
  | { readonly kind: "refused"; readonly line: number; readonly byte: number }
  /** So many entries were read back, and this is what is beside them afterwards. */
  | {
      readonly kind: "opened";
      readonly entries: readonly LedgerEntry[];
      readonly image: DiskImage;
      readonly cut: string | undefined;
    };

/** Opens the ledger on `image` for writing in boot `boot`. Anything but a typed refusal is thrown on. */
export function openOn(image: DiskImage, boot: number): Verdict {
  const machine = new SimulatedMachine(image, boot);
  const { world } = machine.start(2);
  const entries: LedgerEntry[] = [];
  try {
    const { recovered } = openLedger(
      ledgerPlace(world),
      (entry) => entries.push(entry),
      () => {},
    );
    return { kind: "opened", entries, image: machine.image, cut: recovered?.file };
  } catch (error) {
    if (!(error instanceof RunledgerError)) throw error;
    if (error.code === "RUN_NOT_FOUND") return { kind: "opened", entries: [], image: machine.image, cut: undefined };
    if (error.code !== "LEDGER_DAMAGED") throw error;
    const { line, byte } = error.details as { line: number; byte: number };
    return { kind: "refused", line, byte };
  }
}

/** What DESIGN §5 says of a damaged ledger, worked out from how it was damaged and without looking at its bytes. */
export interface Expected {
  /** From 1: the first line that is not as it was written. */
  readonly brokenLine: number;
  /** The largest `durable` of an entry behind it that still follows from the line before it. */
  readonly namedDurable: number;
}

/** Why the ledger is not as it must be after {@link openOn}, or undefined. */
export function fault(
  sound: SoundLedger,
  damaged: Uint8Array,
  expected: Expected,
  watermarkSeq: number,
  verdict: Verdict,
): string | undefined {
  const { brokenLine } = expected;
  const keptBytes = sound.ends[brokenLine - 2] ?? 0;
  const mustRefuse = Math.max(watermarkSeq, expected.namedDurable) >= brokenLine;
  if (mustRefuse) {
    if (verdict.kind === "opened") return `opened with ${verdict.entries.length} entries, must be refused`;
    return verdict.line === brokenLine && verdict.byte === keptBytes
      ? undefined
      : `refused at line ${verdict.line}, byte ${verdict.byte}; it is line ${brokenLine}, byte ${keptBytes}`;
  }
  if (verdict.kind === "refused") return `refused at line ${verdict.line}, but nothing acknowledged is missing`;
  if (verdict.entries.length !== brokenLine - 1) return `${verdict.entries.length} entries, not ${brokenLine - 1}`;
  if (verdict.entries.some(({ hash }, index) => hash !== sound.entries[index]?.hash)) return "other entries";
  if (brokenLine === 1) return undefined;
  const left = fileBytes(verdict.image, run.ledger);
  if (Buffer.compare(left, sound.bytes.subarray(0, keptBytes)) !== 0) return "what is left is no prefix";
  const tail = damaged.subarray(keptBytes);
  if (tail.length === 0) return verdict.cut === undefined ? undefined : "nothing to cut, but something was cut";
  if (verdict.cut === undefined) return "the tail was not kept";
  return Buffer.compare(fileBytes(verdict.image, verdict.cut), tail) === 0 ? undefined : "the kept tail is another one";
}

/** The state of the watermark beside a damaged ledger. */
export interface WatermarkCase {
  readonly name: string;
  readonly seq: number;
  readonly image: DiskImage;
}

/** With the watermark of the end, with one of a third of the way, and without one. */
export async function watermarkCases(sound: SoundLedger): Promise<WatermarkCase[]> {
  const old = await givenLedger([1, 2, 3, 1, 2]);
  const oldSeq = old.entries.length;
  if (old.entries.at(-1)?.hash !== sound.entries[oldSeq - 1]?.hash) throw new Error("the two ledgers differ");
  return [
    { name: "the watermark of the end", seq: sound.entries.length, image: sound.image },
    {
      name: "an old watermark",
      seq: oldSeq,
      image: withFile(sound.image, run.watermark, fileBytes(old.image, run.watermark)),
    },
    { name: "no watermark", seq: 0, image: withoutFile(sound.image, run.watermark) },
  ];
}
