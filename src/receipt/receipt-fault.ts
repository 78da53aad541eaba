/** A receipt that is not as the ledger says, or the want of one. */
export interface ReceiptFault {
  readonly code: "RECEIPT_MISSING" | "RECEIPT_DIFFERS" | "RECEIPT_EXTRA";
  /** Absolute. */
  readonly file: string;
  /** Of a packed receipt: its line, from 1, and the byte offset of that line. */
  readonly line?: number;
  readonly byte?: number;
  readonly message: string;
}

/** What was found. A note is what a crash, or a run that goes on, may leave, and the next resume completes. */
export interface ReceiptFindings {
  readonly faults: ReceiptFault[];
  readonly notes: string[];
}
