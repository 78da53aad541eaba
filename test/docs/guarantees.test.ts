import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { repository } from "../source/source-files.ts";
import { readText } from "./documents.ts";
import { titlesOf } from "./titles.ts";

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
