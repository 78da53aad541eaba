import {
  type PlaceOptions,
  RunledgerError,
  storeDirectory,
  type VerifyReport,
  verifyAll,
  verifyRun,
} from "../index.ts";
import { defineCommand } from "./command.ts";
import { jsonOption, placeOptions } from "./common-options.ts";
import type { Output } from "./output.ts";
import { bold, dim, green, red } from "./parts.ts";
import { placeOf } from "./place.ts";
import { printNotes } from "./run-facts.ts";
import { countText } from "./times.ts";

const faultFound = 3;

export const command = defineCommand({
  name: "verify",
  summary: "check ledgers, objects, manifests and receipts against each other",
  options: {
    run: { value: "ID", says: "one run", otherwise: "all" },
    artifacts: { says: "an artifact of the workspace that was changed since is a fault, not a note" },
    ...placeOptions,
    ...jsonOption,
  },
  word: "run",
  notes: ["Nothing is written. Exit status 0 if all is well, 3 if a fault was found, whatever it is."],
  examples: ["runledger verify", "runledger verify --run run-20261121-070000-0a1b2c3d --json"],
  async perform(given, output) {
    const place = placeOf(given);
    const artifacts = given.has("artifacts");
    const runId = given.text("run");
    const reports =
      runId === undefined ? await allReports(place, artifacts) : [await verifyRun({ ...place, runId, artifacts })];
    const ok = reports.every((report) => report.ok);
    if (output.json) output.document({ version: 1, ok, runs: reports });
    else printReports(output, place, reports);
    return ok ? 0 : faultFound;
  },
});

/** A store that is not there is no store in which all is well. */
async function allReports(place: PlaceOptions, artifacts: boolean): Promise<VerifyReport[]> {
  const { directory, exists } = storeDirectory(place);
  if (exists) return verifyAll({ ...place, artifacts });
  throw new RunledgerError("FILE_NOT_FOUND", `there is no store at ${directory}: nothing was verified`, {
    hint: "Name the store, or the workspace that has it: --store DIR / --workspace DIR",
    details: { store: directory },
  });
}

function printReports(output: Output, place: PlaceOptions, reports: readonly VerifyReport[]): void {
  if (reports.length === 0) output.line(dim(`no runs in ${storeDirectory(place).directory}`));
  for (const report of reports) printReport(output, report);
}

function printReport(output: Output, { run_id: runId, entries, head, ok, faults, notes }: VerifyReport): void {
  const found = ok ? "" : `  ${countText(faults.length)} ${faults.length === 1 ? "fault" : "faults"}`;
  const place = dim(`  ${countText(entries)} entries, head ${head?.hash ?? "none"}`);
  output.line(ok ? green("✓ ") : red("✗ "), bold(runId), place, red(found));
  for (const { code, file, line, byte, message } of faults) {
    const where = [
      file,
      line === undefined ? undefined : `line ${line}`,
      byte === undefined ? undefined : `byte ${byte}`,
    ];
    output.line(red(`  ${code}  `), `${where.filter((part) => part !== undefined).join(", ")}: `, message);
  }
  printNotes(output, notes);
}
