import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/idempotency/canonical.ts";
import { parseJson } from "../../src/idempotency/parse-json.ts";

const name = fc.oneof(
  fc.constantFrom("\\", '"', "\n", "\u0000", "a\\", 'a"', "\\a", "h", "", "__proto__", '":', "\\u0022", "é\\"),
  fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, fc.constantFrom(1, null, "\\", '{"\\":1}', "a\nb"), tie("list"), tie("members")),
  list: fc.array(tie("value"), { maxLength: 4 }),
  members: fc.array(fc.tuple(name, tie("value")), { maxLength: 4 }).map((members) => Object.fromEntries(members)),
}));

describe("JSON whose names are written with escapes", () => {
  it("is parsed to what was printed, whatever was parsed before", () => {
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, " ", "\t\n"), (given, indent) => {
        expect(canonicalJson(parseJson(JSON.stringify(given, null, indent)))).toBe(canonicalJson(given));
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps its names where the engine's own parser mistakes one for another", () => {
    JSON.parse('{"h":[],"\\\\":0}');
    expect(Object.keys(parseJson('{"h":1,"\\"":2}') as object)).toEqual(["h", '"']);
  });

  it("is parsed however deep and however long it is", () => {
    const deep = `${'{"\\"":'.repeat(20_000)}1${"}".repeat(20_000)}`;
    expect(Object.keys(parseJson(deep) as object)).toEqual(['"']);
    const long = "\\n".repeat(1_000_000);
    expect(parseJson(`{"\\"":"${long}"}`)).toEqual({ '"': "\n".repeat(1_000_000) });
  });

  it.each(["", "{", '{"\\":1}', '{"\\"":1,}', '{"\\"" 1}', '["\\""', "'\\'", '{"\\"":01}'])(
    "is refused as by JSON.parse: %s",
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
      expect(() => JSON.parse(text)).toThrow(SyntaxError);
    },
  );

  it("has the last of several members of one name", () => {
    expect(parseJson('{"\\"":1,"\\"":{"a":2}}')).toEqual({ '"': { a: 2 } });
  });
});
