import path from "node:path";
import { RunledgerError } from "../errors.ts";
import type { LedgerEntry } from "./entry.ts";

/** The format of the ledger's bytes that this version writes and reads. */
export const ledgerFormat = 1;

/** Entry 1 says what the rest is: refuses a newer format, and a ledger that belongs to another run's folder. */
export function checkFirstEntry(entry: LedgerEntry, ledgerFile: string): void {
  const payload = entry.kind === "event" && entry.event === "run.started" ? entry.payload : undefined;
  // Hostile: an entry whose hash nobody checked may lack what its type promises.
  const { format, run_id: runId } = payload ?? {};
  if (typeof format === "number" && format > ledgerFormat) {
    throw new RunledgerError("FORMAT_NEWER", `${ledgerFile}: format ${format}, this version reads ${ledgerFormat}`, {
      hint: "Use the newer runledger that wrote it.",
      details: { file: ledgerFile, format },
    });
  }
  const folder = path.basename(path.dirname(ledgerFile));
  if (format === ledgerFormat && runId === folder) return;
  throw new RunledgerError(
    "LEDGER_DAMAGED",
    `${ledgerFile}: line 1, byte 0: entry 1 is not the start of ${folder} (format ${String(format)}, run_id ${String(runId)})`,
    { hint: "Rename the folder back to the run's id.", details: { file: ledgerFile, line: 1, byte: 0 } },
  );
}
