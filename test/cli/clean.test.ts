import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clean, cleanBlock, cleanJson } from "../../src/cli/clean.ts";

/** Text of the characters that terminals and readers are fooled with. */
const hostileText = fc.string({
  unit: fc.oneof(
    fc.string({ minLength: 1, maxLength: 1, unit: "binary" }),
    fc.constantFrom(
      "\x1b",
      "\x07",
      "\n",
      "\r",
      "\t",
      "\0",
      "\x7f",
      "\x9b",
      "\u202e",
      "\u2066",
      "\u2028",
      "\u200b",
      "\u2060",
      "\u{e0041}",
      "\ud800",
      "é",
      "→",
      "\\",
    ),
  ),
});

describe("what is shown", () => {
  it("of an escape sequence is its text", () => {
    expect(clean("\x1b[31mred\x1b]0;title\x07")).toBe("\\x1b[31mred\\x1b]0;title\\x07");
    expect(clean("a\u202eb\r\nc")).toBe("a\\u202eb\\r\\nc");
    expect(clean("grün → 😀")).toBe("grün → 😀");
    expect(clean("pay\u200bpal \u{e0041}")).toBe("pay\\u200bpal \\udb40\\udc41");
  });

  it("has nothing in it that a terminal obeys, whatever it was", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(clean(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Bidi_Control}\p{Cs}]/u);
        expect(cleanBlock(text).replace(/[\n\t]/g, "")).not.toMatch(
          /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Bidi_Control}\p{Cs}]/u,
        );
      }),
    );
  });

  it("as JSON is the same document", () => {
    fc.assert(
      fc.property(fc.dictionary(hostileText, hostileText), (document) => {
        const json = cleanJson(JSON.stringify(document));
        expect(json).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Bidi_Control}]/u);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(document)));
      }),
    );
  });
});
