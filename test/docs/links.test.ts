import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { repository } from "../source/source-files.ts";
import { documents, readText } from "./documents.ts";

describe.each(documents)("%s", (document) => {
  const text = readText(document);

  it("links only to files and headings that are there", () => {
    const targets = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target = ""]) => target);
    expect(targets.filter((target) => !isThere(document, target))).toEqual([]);
  });

  it("names only files of the repository that are there", () => {
    const names = [...text.matchAll(/`((?:src|test|docs|examples|scripts|schemas|tasks)\/[\w./-]+)`/g)].map(
      ([, name = ""]) => name,
    );
    expect(names.filter((name) => !existsSync(path.join(repository, name)))).toEqual([]);
  });

  it("is short enough to be read: at most 400 lines, besides help texts, which are looked up", () => {
    const read = text.replaceAll(/<!-- help[^>]*-->\n```text\n[\s\S]*?```\n/g, "");
    expect(read.split("\n").length).toBeLessThanOrEqual(400);
  });
});

it("every page of docs/ is reached from the README, by way of other pages or not", () => {
  const reached = new Set(["README.md"]);
  for (const document of reached) {
    for (const target of linkedPages(document)) reached.add(target);
  }
  expect(documents.filter((document) => !reached.has(document))).toEqual([]);
});

function isThere(document: string, target: string): boolean {
  const [file = "", heading] = target.split("#");
  const page = file === "" ? document : path.posix.join(path.posix.dirname(document), file);
  if (!existsSync(path.join(repository, page))) return false;
  return heading === undefined || headingsOf(readText(page)).includes(heading);
}

/** As the anchors of a rendered page are made: lower case, spaces to dashes, punctuation dropped. */
function headingsOf(page: string): string[] {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function linkedPages(document: string): string[] {
  const targets = [...readText(document).matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, target = ""]) => target);
  const pages = targets.map((target) => path.posix.join(path.posix.dirname(document), target));
  return pages.filter((page) => documents.includes(page));
}
