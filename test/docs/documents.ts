import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { repository } from "../source/source-files.ts";

/** Every document for people, relative to the repository: README.md and what is in docs/. */
export const documents: readonly string[] = [
  "README.md",
  ...readdirSync(path.join(repository, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll(path.sep, "/")}`)
    .sort(),
];

export function readText(file: string): string {
  return readFileSync(path.join(repository, file), "utf8");
}

export interface Block {
  readonly language: string;
  readonly text: string;
  /** What fills it, from the comment in front of it; undefined for a block that is written by hand. */
  readonly source: string | undefined;
}

const blockPattern = /(?:<!-- (?<source>[^>]+) -->\n)?```(?<language>\w*)\n(?<text>[\s\S]*?)```\n/g;

/** The code blocks of a document. */
export function blocksOf(document: string): Block[] {
  return [...document.matchAll(blockPattern)].map(({ groups = {} }) => ({
    language: groups.language ?? "",
    text: groups.text ?? "",
    source: groups.source,
  }));
}

/** The document with every block that has a source filled from it. */
export function filledIn(document: string, textOf: (source: string) => string): string {
  return document.replace(blockPattern, (whole, source: string | undefined, language: string) => {
    if (source === undefined) return whole;
    return `<!-- ${source} -->\n\`\`\`${language}\n${textOf(source).trimEnd()}\n\`\`\`\n`;
  });
}

/** The cells of the rows of every table, without head and rule; a cell's own `|` is written `\|`. */
export function tableRows(document: string): string[][] {
  const lines = document.split("\n");
  const isRow = (line: string | undefined) => line?.startsWith("|") === true;
  const isRule = (line: string | undefined) => /^\|[ :|-]+\|$/.test(line ?? "");
  const rows = lines.filter((line, index) => isRow(line) && !isRule(line) && !isRule(lines[index + 1]));
  return rows.map((row) => row.split(/(?<!\\)\|/).slice(1, -1)).map((cells) => cells.map((cell) => cell.trim()));
}
