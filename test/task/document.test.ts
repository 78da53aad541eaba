import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDocument } from "../../src/task/document.ts";
import { refusedAs } from "./given.ts";

describe("YAML", () => {
  it("is read by its version 1.2 alone: what looks like a date or a yes is a text", () => {
    const text = "%YAML 1.1\n---\na: 2026-01-02\nb: yes\nc: 0o17\nd: 1e3\ne: ~\nf: !!str 5\n";
    expect(readDocument(text, "x.yaml").value).toEqual({ a: "2026-01-02", b: "yes", c: 15, d: 1000, e: null, f: "5" });
  });

  it("gives an alias the value of its anchor, also a hundred times and more", () => {
    const uses = Array.from({ length: 500 }, () => "  - *env").join("\n");
    const { value } = readDocument(`env: &env {A: b}\nall:\n${uses}\n`, "x.yaml");
    expect((value as { all: unknown[] }).all).toEqual(Array.from({ length: 500 }, () => ({ A: "b" })));
  });

  it("gives an alias to a text that text, and reads it where a scalar is expected", () => {
    expect(readDocument("a: &dir dist\nb: [*dir, *dir]\n", "x.yaml").value).toEqual({ a: "dist", b: ["dist", "dist"] });
  });

  it("tells the line of a value, of the nearest one above what is missing, and of an alias", () => {
    const { lineOf } = readDocument("a: 1\nb:\n  - c:\n      d: 2\n  - &e\n    f: 3\ng: *e\n", "x.yaml");
    const lines = [["a"], ["b"], ["b", 0], ["b", 0, "c", "d"], ["b", 0, "c", "x", "y"], ["b", 1, "f"], ["g", "f"], []];
    expect(lines.map(lineOf)).toEqual([1, 2, 3, 4, 3, 6, 7, 1]);
  });

  it.each([
    ["a member that stands twice", "a: 1\nb: 2\na: 3", "3: the same member stands here a second time"],
    ["several documents", "a: 1\n---\nb: 2", "2: a second document begins; a file holds one task"],
    ["nothing", "", " the file is empty"],
    ["a comment alone", "# later\n", " the file is empty"],
    [
      "an open bracket",
      "a: [1, 2\nb: 3",
      "2: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    [
      "a colon in a text without quotes",
      "a: 1\nrun: echo: hello",
      "2: a text with a colon needs quotes, a nested member a line of its own",
    ],
    ["a tab as indentation", "a:\n\tb: 1", "2: Tabs are not allowed as indentation"],
    [
      "infinities, and numbers that are too large",
      "a: .nan\nb: -.inf\nc: 1e400",
      "1: JSON has no number .nan",
      "2: JSON has no number -.inf",
      "3: JSON has no number 1e400",
    ],
    [
      "integers that a number cannot hold",
      "a: 9007199254740993\nb: 0xffffffffffffffff\nc: 1e300",
      "1: 9007199254740993 is not exact as a number; put it in quotes",
      "2: 0xffffffffffffffff is not exact as a number; put it in quotes",
    ],
    ["half a character", 'a: "\\ud800"', "1: a text with half a character (a lone surrogate)"],
    ["a tag", "a: 1\nb: !!binary aGVsbG8=", "2: tags are not read; write the plain value"],
    ["a tag of somebody", "a: !ruby/object x", "1: tags are not read; write the plain value"],
    ["an unknown directive", "%FOO\n---\na: 1", "1: Unknown directive %FOO"],
    ["a list as a name", "? [a]\n: 1", "1: names of members are texts"],
    ["an alias without anchor", "a: 1\nb: *c", "2: there is no anchor &c above this alias"],
    ["a merge key", "a: &a {b: 1}\nc:\n  <<: *a", "3: merge keys are not read; write the members out"],
    ["the name of the prototype", "a: {__proto__: {b: 1}}", "1: no member may have the name __proto__"],
    ["a value inside itself", "a: &a [*a]", " nested deeper than 200, or in itself"],
    ["a thousand brackets", `a: ${"[".repeat(1000)}${"]".repeat(1000)}`, "1: nested too deep"],
    [
      "two hundred and fifty brackets",
      `a: ${"[".repeat(250)}${"]".repeat(250)}`,
      " nested deeper than 200, or in itself",
    ],
  ])("is refused with %s", (_, text, ...says) => {
    expect(refusedAs(text)).toBe(["TASK_INVALID", ...says.map((each) => `tasks/x.yaml:${each}`)].join("\n"));
  });

  it("is refused if aliases to aliases make it large", () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(9)}]`,
    );
    expect(refusedAs(["l0: &l0 lol", ...levels].join("\n"))).toMatchInlineSnapshot(`
      "TASK_INVALID
      tasks/x.yaml: written out without aliases, the file would be larger than 8388608 characters"
    `);
  });

  it("is refused with an ordinary error whatever its bytes are", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab:- \n\t[]{}&*!|>'\"%#?,0") }), (text) => {
        expect(refusedAs(text)).toMatch(/^TASK_INVALID\ntasks\/x.yaml/);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a file named .json", () => {
  it("is read as JSON.parse reads it", () => {
    const text = fc.string({ unit: "grapheme" });
    const value = fc.letrec((tie) => ({
      value: fc.oneof(fc.constant(null), fc.boolean(), fc.maxSafeInteger(), text, tie("list"), tie("object")),
      list: fc.array(tie("value"), { maxLength: 4 }),
      object: fc.dictionary(
        text.filter((name) => name !== "__proto__"),
        tie("value"),
        { maxKeys: 4 },
      ),
    })).object;
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2, "\t"), (written, indent) => {
        const json = JSON.stringify(written, null, indent);
        expect(readDocument(json, "x.json").value).toEqual(JSON.parse(json));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["YAML", "a: 1", "1: no JSON: Unexpected token 'a'"],
    ["an open end", '{"a": 1,\n"b": [', "2: no JSON: Unexpected end of JSON input"],
    ["a comma too many", '{\n  "a": 1,\n}', "3: no JSON: Expected double-quoted property name"],
    ["a member that stands twice", '{"a": 1,\n"a": 2}', "2: the same member stands here a second time"],
    ["nothing", "", "1: no JSON: Unexpected end of JSON input"],
    [
      "an integer that a number cannot hold",
      '{"a": 9007199254740993}',
      "1: 9007199254740993 is not exact as a number; put it in quotes",
    ],
  ])("is refused with %s", (_, text, says) => {
    expect(refusedAs(text, "tasks/x.json")).toBe(`TASK_INVALID\ntasks/x.json:${says}`);
  });
});
