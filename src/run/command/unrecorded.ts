import { makeParents } from "../../durable/directories.ts";
import type { Disk } from "../../durable/disk.ts";
import { failedLedgerElsewhere, type RunLayout } from "../../durable/layout.ts";
import { errnoOf, RunledgerError } from "../../errors.ts";
import type { EventRecord, Head, LedgerRecord } from "../../ledger/entry.ts";
import { writeRecoveryFile } from "../../ledger/recovery-file.ts";
import { timestamp } from "../../ports.ts";
import type { World } from "../place/world.ts";
import type { Notify } from "./notice.ts";

export interface UnrecordedParts {
  readonly world: World;
  readonly layout: RunLayout;
  readonly runId: string;
  readonly onNotice: Notify;
}

/**
 * Events of commands that the ledger did not take: they may be all that is left of work that was paid for. They are
 * kept in a recovery file, beside the ledger or, where that fails too, in the user's state directory.
 */
export class Unrecorded {
  readonly #parts: UnrecordedParts;
  readonly #records: EventRecord[] = [];
  #failure: RunledgerError | undefined;
  #planned: Promise<void> | undefined;
  #said = false;

  constructor(parts: UnrecordedParts) {
    this.#parts = parts;
  }

  /** Keeps `record`, if it could not be written and is worth it. `after` is the last durable entry. */
  note(record: LedgerRecord, error: unknown, after: () => Head): void {
    const failure = writeFailure(error);
    if (failure === undefined || record.kind !== "event" || record.correlation_id === this.#parts.runId) return;
    this.#failure ??= failure;
    this.#records.push(record);
    // One turn later: those that waited for the same sync fail together.
    this.#planned ??= new Promise((resolve) => {
      this.#parts.world.clock.soon(() => {
        this.#planned = undefined;
        try {
          this.#write(failure, after());
        } finally {
          resolve();
        }
      });
    });
  }

  /** What was noted is in its file when this resolves, or it was said that it could not be kept. */
  async settle(): Promise<void> {
    await this.#planned;
  }

  #write(failure: RunledgerError, after: Head): void {
    const { world, runId } = this.#parts;
    const { code, message, attempts } = factsOf(this.#failure ?? failure);
    const header = {
      version: 1 as const,
      run_id: runId,
      at: timestamp(world.clock),
      after,
      error: { message, code, attempts },
      entries: this.#records.length,
    };
    const errors: string[] = [];
    for (const { directory, file } of recoveryPlaces(world, this.#parts.layout, runId)) {
      try {
        if (directory !== undefined) makeParents(world.disk, directory);
        writeRecoveryFile(world.disk, world.randomness, file, { header, records: this.#records });
        this.#saidOnce({
          code: "EVENTS_KEPT",
          message: `what could not be recorded is kept in ${file}; the next resume records it`,
        });
        return;
      } catch (error) {
        errors.push(error instanceof Error ? error.message : String(error));
      }
    }
    this.#saidOnce({
      code: "EVENTS_LOST",
      message: `what could not be recorded could not be kept either: ${errors.join("; ")}`,
    });
  }

  #saidOnce(notice: { code: string; message: string }): void {
    if (!this.#said) this.#parts.onNotice?.(notice);
    this.#said = true;
  }
}

/** Where a recovery file may be, in the order in which they are tried. */
export function recoveryPlaces(
  world: World,
  layout: RunLayout,
  runId: string,
): { readonly directory?: string; readonly file: string }[] {
  const elsewhere = failedLedgerElsewhere(world.host.environment, runId);
  const isPlace = elsewhere !== undefined && isWithinReach(world.disk, elsewhere.file);
  return [{ file: layout.failedLedger }, ...(isPlace ? [elsewhere] : [])];
}

/** Who runs as somebody else, with that one's HOME, can keep nothing there, and has kept nothing. */
function isWithinReach(disk: Disk, file: string): boolean {
  try {
    disk.stat(file);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EACCES" || errnoOf(error) === "ELOOP") return false;
    throw error;
  }
}

/** Undefined if `error` says of the record, not of the disk, that it cannot be appended. */
function writeFailure(error: unknown): RunledgerError | undefined {
  if (error instanceof RunledgerError)
    return error.exitStatus === 74 || error.code === "PERMISSION" ? error : undefined;
  const errno = errnoOf(error);
  if (errno === undefined) return undefined;
  return new RunledgerError("WRITE_FAILED", String(error), { details: { errno, attempts: 1 }, cause: error });
}

/** Of the first failure: what comes after it only says that nothing is appended any more. */
function factsOf(failure: RunledgerError): { code: string; message: string; attempts: number } {
  const { cause } = failure;
  if (failure.code === "WRITER_POISONED" && cause instanceof RunledgerError) return factsOf(cause);
  const { errno, attempts } = failure.details;
  return {
    code: typeof errno === "string" ? errno : failure.code,
    message: failure.message,
    attempts: typeof attempts === "number" ? attempts : 1,
  };
}
