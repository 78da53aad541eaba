import { type ErrorCode, RunledgerError } from "../../errors.ts";
import type { ReceiptFault } from "../../receipt/receipt-fault.ts";
import { asRunledgerError } from "../place/system-error.ts";

/** Something that is not as it was written. */
export interface Fault {
  /** An error's code, or what is wrong with a receipt or an artifact. */
  readonly code: ErrorCode | ReceiptFault["code"] | "ARTIFACT_CHANGED";
  /** Absolute. */
  readonly file: string;
  /** From 1, and the byte offset of that line. */
  readonly line?: number;
  readonly byte?: number;
  readonly message: string;
}

/** What people should know and is no fault. */
export interface Note {
  readonly code:
    | "TORN_TAIL"
    | "WATERMARK_MISSING"
    | "RECEIPTS_BEHIND"
    | "RUN_STATE_DAMAGED"
    | "FORMAT_NEWER"
    | "ARTIFACT_CHANGED";
  /** Absolute. */
  readonly file: string;
  readonly message: string;
}

/** Faults and notes as they are found. */
export class Findings {
  readonly faults: Fault[] = [];
  readonly notes: Note[] = [];

  fault(fault: Fault): void {
    this.faults.push(fault);
  }

  note(note: Note): void {
    this.notes.push(note);
  }

  /** What `action` says of `file`: a refusal or a system error becomes a fault, and undefined is returned. */
  attempt<T>(file: string, action: () => T): T | undefined {
    try {
      return action();
    } catch (cause) {
      const error = asRunledgerError(cause, `${file} cannot be read`, "READ_FAILED");
      if (!(error instanceof RunledgerError) || error.code === "INVARIANT") throw error;
      this.refused(file, error);
      return undefined;
    }
  }

  /** {@link attempt} for what says nothing: false if it was a fault. */
  succeeds(file: string, action: () => void): boolean {
    return (
      this.attempt(file, () => {
        action();
        return true;
      }) ?? false
    );
  }

  refused(file: string, { code, message, details }: RunledgerError): void {
    const { line, byte } = details;
    this.fault({
      code,
      file,
      ...(typeof line === "number" ? { line } : {}),
      ...(typeof byte === "number" ? { byte } : {}),
      message: withoutPlace(message, file),
    });
  }
}

/** Sentences of the ledger begin with their place, which a fault names on its own. */
export function withoutPlace(message: string, file: string): string {
  if (!message.startsWith(`${file}: `)) return message;
  return message.slice(file.length + 2).replace(/^line \d+(, byte \d+)?: /, "");
}
