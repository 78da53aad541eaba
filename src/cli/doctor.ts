import path from "node:path";
import { type DoctorReport, doctor, type Finding } from "../index.ts";
import { defineCommand } from "./command.ts";
import { jsonOption, placeOptions } from "./common-options.ts";
import type { Given } from "./given.ts";
import type { Output } from "./output.ts";
import { bold, dim, green, type Part, padded, red, yellow } from "./parts.ts";
import { nextCommand, placeOf } from "./place.ts";
import { countText } from "./times.ts";

const errorsRemain = 1;

export const command = defineCommand({
  name: "doctor",
  summary: "find what is wrong with the store or left over in it, and mend it",
  options: {
    run: { value: "ID", says: "one run", otherwise: "the whole store" },
    fix: { says: "mend what can be mended, after a back-up in the store's folder backups (ten are kept)" },
    ...placeOptions,
    ...jsonOption,
  },
  word: "run",
  notes: [
    "Without --fix nothing is written. With it, a run that a process works on is left alone, and acknowledged entries are\nnever changed. Exit status 1 while errors remain, else 0.",
  ],
  examples: ["runledger doctor", "runledger doctor --fix"],
  async perform(given, output) {
    const report = await doctor({ ...placeOf(given), runId: given.text("run"), fix: given.has("fix") });
    if (output.json) output.document(report);
    else printReport(output, report, nextStep(report, given));
    return report.ok ? 0 : errorsRemain;
  },
});

function printReport(output: Output, report: DoctorReport, next: string | undefined): void {
  const { findings, store, runs, backup } = report;
  const widths = [(each: Finding) => each.severity.length, (each: Finding) => each.code.length] as const;
  const [severityWidth, codeWidth] = widths.map((width) => Math.max(0, ...findings.map(width)));
  for (const each of findings) printFinding(output, each, store, [severityWidth ?? 0, codeWidth ?? 0]);
  if (backup !== undefined) output.line(dim(`what was changed is kept as it was in ${backup}`));
  const summary = `${countText(runs)} ${runs === 1 ? "run" : "runs"} in ${store}`;
  if (next === undefined) output.line(green("✓ "), `nothing is left to do: ${summary}`);
  else output.line(bold("next: "), next);
}

function printFinding(
  output: Output,
  each: Finding,
  store: string,
  [severityWidth, codeWidth]: readonly [number, number],
): void {
  const { severity, code, run_id: runId, message, fix, fixed } = each;
  const indent = " ".repeat(severityWidth + 2);
  const place = [runId, placeIn(store, each)].filter((part) => part !== undefined && part !== "").join("  ");
  output.line(padded(styled(severity, fixed), severityWidth), "  ", padded(code, codeWidth), "  ", dim(place));
  output.lines(message, indent);
  output.line(indent, fixed === true ? green("fixed") : dim(fix.what));
}

function styled(severity: Finding["severity"], fixed: boolean | undefined): Part {
  if (fixed === true) return green(severity);
  return severity === "error" ? red(severity) : severity === "warning" ? yellow(severity) : dim(severity);
}

/** The file as short as it can be named, and where in it. */
function placeIn(store: string, { run_id: runId, file, line, byte }: Finding): string | undefined {
  if (file === undefined) return undefined;
  const folders = [...(runId === undefined ? [] : [path.join(store, "runs", runId)]), store];
  const folder = folders.find((each) => file.startsWith(each + path.sep));
  const name = folder === undefined ? file : path.relative(folder, file);
  const where = [line === undefined ? [] : `line ${line}`, byte === undefined ? [] : `byte ${byte}`].flat();
  return [name, ...where].join(", ");
}

/** The one thing to type or do next; undefined if nothing is left. */
function nextStep({ fix, findings }: DoctorReport, given: Given<"workspace" | "store" | "run">): string | undefined {
  const left = findings.filter(({ fixed }) => fixed !== true);
  const fixable = fix ? [] : left.filter((each) => each.fix.possible);
  const named = given.text("run") === undefined ? [] : ["--run", given.text("run") ?? ""];
  const fixCommand = nextCommand(given, "doctor", "--fix", ...named);
  if (fixable.some(({ severity }) => severity !== "info")) return fixCommand;
  const [worst] = [
    ...left.filter(({ severity }) => severity === "error"),
    ...left.filter(({ code }) => code === "RUN_INTERRUPTED"),
    ...left.filter(({ severity }) => severity === "warning"),
  ];
  if (worst === undefined) return fixable.length === 0 ? undefined : fixCommand;
  if (worst.code !== "RUN_INTERRUPTED" || !worst.fix.what.startsWith("runledger ")) return worst.fix.what;
  return nextCommand(given, "resume", "--run", worst.run_id ?? "");
}
