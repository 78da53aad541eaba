import type { Figure, Goal, Row } from "./row.ts";

const heads = ["what", "median", "limit", "ratio", "least–most", "goal", "met"];

/** The figures of a row as text: a column is as wide as its widest cell. */
export function table(row: Row, figures: readonly Figure[]): string {
  const lines = [heads, ...figures.map(cells)];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) => line.map((cell, column) => aligned(cell, column, widths[column] ?? 0)).join("  "));
  return `\n${row.name}: ${row.title}\n\n${text.map((line) => `  ${line.trimEnd()}`).join("\n")}\n`;
}

function cells({ what, value, unit, limit, ratio, goal, met }: Figure): string[] {
  return [
    what,
    `${number(value)} ${unit}`,
    limit === undefined ? "" : number(limit),
    ratio === undefined ? "" : number(ratio.median),
    ratio === undefined ? "" : `${number(ratio.least)}–${number(ratio.most)}`,
    goalText(goal),
    met === undefined ? "" : met ? "yes" : "NO",
  ];
}

function goalText(goal: Goal | undefined): string {
  if (goal === undefined) return "";
  if ("exactly" in goal) return `= ${goal.exactly}`;
  return "atMost" in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`;
}

function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return value.toPrecision(3);
}

function aligned(cell: string, column: number, width: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
