import type { Disk, DiskFile } from "../durable/disk.ts";
import { parseJson } from "../idempotency/parse-json.ts";
import type { EventEntry, LedgerEntry } from "./entry.ts";
import { maxLineBytes } from "./line.ts";

/** The first and the last line of a ledger, for looking up runs without reading them whole. No hash is checked. */
export interface Peek {
  /** `run.started`. */
  readonly first: EventEntry;
  /** Undefined if the ledger does not end with a whole line. Behind the floor it may be anything that a power cut left. */
  readonly last: LedgerEntry | undefined;
}

/** Undefined if there is no ledger or no entry 1 in it. */
export function peekLedger(disk: Disk, path: string): Peek | undefined {
  if (disk.stat(path) === undefined) return undefined;
  const file = disk.open(path, "read");
  try {
    const first = parse(readAt(file, 0).split("\n", 1)[0]);
    if (!isStart(first)) return undefined;
    const sizeBytes = file.stat().sizeBytes;
    const tail = readAt(file, Math.max(0, sizeBytes - maxLineBytes));
    return { first, last: tail.endsWith("\n") ? parse(tail.slice(0, -1).split("\n").at(-1)) : undefined };
  } finally {
    file.close();
  }
}

/** Not checked for more than who reads on takes for granted: the ledger may be damaged. */
function isStart(entry: LedgerEntry | undefined): entry is EventEntry {
  return (
    entry?.kind === "event" && entry.event === "run.started" && typeof entry.payload === "object" && !!entry.payload
  );
}

function readAt(file: DiskFile, position: number): string {
  const buffer = Buffer.allocUnsafe(maxLineBytes);
  return buffer.subarray(0, file.read(buffer, position)).toString("utf8");
}

function parse(line: string | undefined): LedgerEntry | undefined {
  try {
    return parseJson(line ?? "") as LedgerEntry;
  } catch {
    return undefined;
  }
}
