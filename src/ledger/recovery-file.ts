import type { Disk } from "../durable/disk.ts";
import { replaceFile } from "../durable/replace.ts";
import { errnoOf, RunledgerError } from "../errors.ts";
import { canonicalJson } from "../idempotency/canonical.ts";
import { parseJson } from "../idempotency/parse-json.ts";
import type { Randomness } from "../ports.ts";
import type { EventRecord, Head } from "./entry.ts";

/** What could not be written into the ledger, kept until the next opening. First line of the file. */
interface RecoveryHeader {
  readonly version: 1;
  readonly run_id: string;
  /** When it was written, RFC 3339 UTC. */
  readonly at: string;
  /** The last entry that was durable. */
  readonly after: Head;
  readonly error: { readonly message: string; readonly code: string; readonly attempts: number };
  /** How many messages follow, one a line. */
  readonly entries: number;
}

export interface RecoveryFile {
  readonly header: RecoveryHeader;
  readonly records: readonly EventRecord[];
}

/** Replaces the file at `path`; whole and durable when this returns. */
export function writeRecoveryFile(
  disk: Disk,
  randomness: Randomness,
  path: string,
  { header, records }: RecoveryFile,
): void {
  const lines = [header, ...records].map((each) => `${canonicalJson(each)}\n`);
  replaceFile(disk, randomness, path, Buffer.from(lines.join("")), header.run_id);
}

/**
 * The file at `path`; undefined if there is none. `RECORD_DAMAGED` if it is not what {@link writeRecoveryFile} writes (it is
 * replaced as a whole, so no crash leaves half of one), `FORMAT_NEWER`. Lines that are no events of a command are left out.
 */
export function readRecoveryFile(disk: Disk, path: string): RecoveryFile | undefined {
  const text = readIfPresent(disk, path);
  if (text === undefined) return undefined;
  const [header, ...messages] = text
    .split("\n")
    .slice(0, -1)
    .map((line, index) => parseLine(path, line, index + 1));
  if (isNewer(header)) {
    throw new RunledgerError("FORMAT_NEWER", `${path} was written by a newer runledger`, {
      hint: "Use the version that wrote it, or a later one.",
      details: { file: path },
    });
  }
  if (!isHeader(header) || header.entries !== messages.length || !text.endsWith("\n")) {
    throw damaged(path, "its first line does not say what follows");
  }
  return { header, records: messages.filter(isEventOfCommand) };
}

function readIfPresent(disk: Disk, path: string): string | undefined {
  try {
    return Buffer.from(disk.readFile(path)).toString("utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

function parseLine(path: string, line: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = parseJson(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {}
  throw damaged(path, `line ${number} is no message`);
}

function isNewer(header: Record<string, unknown> | undefined): boolean {
  return typeof header?.["version"] === "number" && header["version"] > 1;
}

function isHeader(header: unknown): header is RecoveryHeader {
  const { version, run_id, after, entries } = (header ?? {}) as Partial<RecoveryHeader>;
  return version === 1 && typeof run_id === "string" && Number.isInteger(after?.seq) && Number.isInteger(entries);
}

/** Commands are sent anew, and what speaks of the run as a whole is said anew. */
function isEventOfCommand(message: unknown): message is EventRecord {
  const { kind, message_id, correlation_id, event, payload, from, step } = message as Partial<EventRecord>;
  const texts = [message_id, correlation_id, event, from?.agent_type, step];
  return kind === "event" && texts.every((each) => typeof each === "string") && typeof payload === "object";
}

function damaged(path: string, why: string): RunledgerError {
  return new RunledgerError("RECORD_DAMAGED", `${path}: ${why}`, {
    hint: "It holds what could not be written when the disk failed. Move it aside to go on without it.",
    details: { file: path },
  });
}
