import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readText } from "../docs/documents.ts";
import { repository } from "../source/source-files.ts";
import { mutants } from "./mutants.ts";
import { edited } from "./tree-copy.ts";

const why =
  "`npm run test:mutants` changes src/ by these texts: when the code changes, the mutant has to change with it.";

describe("the mutants of durability", () => {
  it.each(mutants)("can be made: $name", ({ edits, tests }) => {
    const sources = new Map<string, string>();
    for (const edit of edits) {
      const source = sources.get(edit.file) ?? readFileSync(path.join(repository, edit.file), "utf8");
      expect(() => sources.set(edit.file, edited(source, edit)), why).not.toThrow();
    }
    expect(tests.filter((file) => !existsSync(path.join(repository, file)))).toEqual([]);
  });

  it("are listed in docs/guarantees.md, each with what it breaks and a test that kills it", () => {
    const rows = [...readText("docs/guarantees.md").matchAll(/^\| (.+?) \| (.+?) \| `(.+?)`: .+ \|$/gm)];
    const listed = rows.map(([, name, breaks, test]) => ({ name, breaks, test }));
    const expected = mutants.map(({ name, breaks, tests }, index) => {
      const test = listed[index]?.test ?? "";
      return { name, breaks, test: tests.includes(test) ? test : `one of ${tests.join(", ")}` };
    });
    expect(listed, "`npm run test:mutants` prints the table").toEqual(expected);
  });
});
