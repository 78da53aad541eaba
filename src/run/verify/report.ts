import type { Head } from "../../ledger/entry.ts";
import type { Fault, Findings, Note } from "./findings.ts";

/** What the check of a ledger found. */
export interface LedgerReport {
  readonly run_id: string;
  /** How many entries are sound, and the last of them. */
  readonly entries: number;
  readonly head?: Head;
  /** True if there are no faults. */
  readonly ok: boolean;
  readonly faults: readonly Fault[];
  /** What people should know and is no fault: what a crash leaves, what was changed since. */
  readonly notes: readonly string[];
}

/** What the check of a run found. */
export interface VerifyReport extends LedgerReport {
  /** How many of each were checked. */
  readonly checked: { readonly objects: number; readonly receipts: number; readonly artifacts: number };
}

/** What `findings` say to people, about a ledger that is sound up to `head`. */
export function reportOf(runId: string, head: Head | undefined, findings: Findings): LedgerReport {
  const { faults } = findings;
  const notes = findings.notes.map(noteText);
  return {
    run_id: runId,
    entries: head?.seq ?? 0,
    ...(head === undefined ? {} : { head }),
    ok: faults.length === 0,
    faults,
    notes,
  };
}

/** Most notes name their file in the sentence. */
function noteText({ code, file, message }: Note): string {
  return code === "ARTIFACT_CHANGED" ? `${file}: ${message}` : message;
}
