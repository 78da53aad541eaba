import type { Output } from "./output.ts";
import { dim, type Part, padded, widthOf } from "./parts.ts";

/** Prints `rows` under `heads` in columns that are as wide as they have to be. */
export function printTable(output: Output, heads: readonly string[], rows: readonly (readonly Part[])[]): void {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => widthOf(row[column] ?? ""))));
  printRow(output, heads.map(dim), widths);
  for (const row of rows) printRow(output, row, widths);
}

function printRow(output: Output, row: readonly Part[], widths: readonly number[]): void {
  const last = row.findLastIndex((part) => widthOf(part) > 0);
  output.line(
    ...row
      .slice(0, last + 1)
      .flatMap((part, column) => (column === last ? [part] : [padded(part, widths[column] ?? 0), "  "])),
  );
}

/** Prints `facts` as a block of `name  value` lines; those without a value are left out. */
export function printFacts(output: Output, facts: Readonly<Record<string, Part | undefined>>): void {
  const given = Object.entries(facts).filter((fact): fact is [string, Part] => fact[1] !== undefined);
  const width = Math.max(...given.map(([name]) => name.length));
  for (const [name, value] of given) output.line(dim(name.padEnd(width)), "  ", value);
}
