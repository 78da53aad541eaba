import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { repository } from "../source/source-files.ts";
import { readText } from "./documents.ts";

const text = readText("docs/guarantees.md");

/** `- `test/…`: title`, or the same in the last cell of a row: as the page names a test. */
const named = [...text.matchAll(/^(?:- |\|.*\| )`(?<file>test\/[^`]+)`: (?<title>.+?)(?: \|)?$/gm)].map(
  ({ groups = {} }) => ({
    file: groups.file ?? "",
    title: groups.title ?? "",
  }),
);

describe("docs/guarantees.md", () => {
  it("has the ten promises in their order, each with at least one test", () => {
    const sections = text.split(/^### /m).slice(1);
    expect(sections.map((section) => section.split(" ", 1)[0])).toEqual(
      Array.from({ length: 10 }, (_, index) => `P${index + 1}`),
    );
    expect(sections.filter((section) => !/^- `test\//m.test(section))).toEqual([]);
  });

  it.each(named)("names a test that is there: $file: $title", ({ file, title }) => {
    expect(existsSync(path.join(repository, file)), "there is no such file").toBe(true);
    const titles = titlesOf(readText(file));
    expect(
      titles.some((pattern) => pattern.test(title)),
      `its titles are ${titles.join(", ")}`,
    ).toBe(true);
  });
});

/** The titles in a test file. What a table or a template fills in (`%s`, `$name`, `${name}`) may be anything. */
function titlesOf(source: string): RegExp[] {
  const quoted = source.matchAll(
    /\b(?:it|test)(?:\.\w+(?:\([^\n]*\))?)*\(\s*(["'`])(?<title>(?:\\.|(?!\1).)*)\1|^ {2}\]\)\(\s*(["'`])(?<tableTitle>(?:\\.|(?!\3).)*)\3/gm,
  );
  const titles = [...quoted].map(({ groups = {} }) => groups.title ?? groups.tableTitle ?? "");
  return titles
    .map((title) => title.replaceAll(/\\(.)/g, "$1").split(filledIn))
    .filter(saysSomething)
    .map(patternOf);
}

const filledIn = /\$\{[^}]*\}|\$[\w.]+|%[sdijo]/;

/** A title that is filled in as a whole would pass for every other. */
function saysSomething(parts: string[]): boolean {
  return parts.join("").trim() !== "";
}

function patternOf(parts: string[]): RegExp {
  return new RegExp(`^${parts.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join(".*")}$`);
}
