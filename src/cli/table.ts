import type { Output } from "./output.ts";
import { dim, type Part, padded, widthOf } from "./parts.ts";

/** Prints `rows` under `heads` in columns that are as wide as they have to be. */
export function printTable(output: Output, heads: readonly string[], rows: readonly (readonly Part[])[]): void {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => widthOf(row[column] ?? ""))));
  output.rows([heads.map(dim), ...rows].map((row) => inColumns(row, widths)));
}

function inColumns(row: readonly Part[], widths: readonly number[]): Part[] {
  const last = row.findLastIndex((part) => widthOf(part) > 0);
  return row
    .slice(0, last + 1)
    .flatMap((part, column) => (column === last ? [part] : [padded(part, widths[column] ?? 0), "  "]));
}

/** Prints `facts` as a block of `name  value` lines; those without a value are left out. */
export function printFacts(output: Output, facts: Readonly<Record<string, Part | undefined>>): void {
  const given = Object.entries(facts).filter((fact): fact is [string, Part] => fact[1] !== undefined);
  const width = Math.max(...given.map(([name]) => name.length));
  output.rows(given.map(([name, value]) => [dim(name.padEnd(width)), "  ", value]));
}
