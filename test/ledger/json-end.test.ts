import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { viewOf } from "../../src/ledger/fixed-text.ts";
import { endOfJson } from "../../src/ledger/json-end.ts";

/** Where the value in front ends, with more text behind it. */
function endIn(text: string, behind = ',"seq":7'): number {
  const bytes = Buffer.from(text + behind);
  return endOfJson(bytes, viewOf(bytes), 0, bytes.length);
}

describe("the end of a JSON value", () => {
  it("is found for whatever JSON.stringify prints, unless a parser is to look at it", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        const isLeft = /[{,]"(\$|[^"]*\\)/.test(text);
        const end = endIn(text);
        if (end !== -1 || !isLeft) expect(end).toBe(Buffer.byteLength(text));
      }),
    );
  });

  it("is found in nothing that JSON.parse would refuse, wherever a byte is wrong", () => {
    const example = '{"a":[1,-2.5e+3,0,"x\\u00e9\\n\\"y","ünï",true,false,null,{},[]],"b":{"c":"d"}}';
    const bytes = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...Buffer.from('{}[]",:\\0-.e')));
    fc.assert(
      fc.property(fc.nat(example.length + 2), bytes, fc.boolean(), (at, byte, isInserted) => {
        const [before, after] = [Buffer.from(example).subarray(0, at), Buffer.from(example).subarray(at)];
        const changed = Buffer.concat([before, Uint8Array.of(byte), isInserted ? after : after.subarray(1)]);
        const end = endOfJson(changed, viewOf(changed), 0, changed.length);
        if (end >= 0) expect(() => JSON.parse(changed.subarray(0, end).toString())).not.toThrow();
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    "{",
    "[1",
    '"ab',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    "[,]",
    "[1,]",
    '{"a":1,}',
    '{"a" :1}',
    "[1}",
    "[01]",
    "-",
    "1.",
    "1e",
    "tru",
    '"\\x"',
    '"\\u12g4"',
    '"\u0001"',
    "",
    "}",
  ])("is not found in %j", (text) => expect(endIn(text, "")).toBe(-1));

  it("is not found where a member could stand for an object, and where a value is nested deep", () => {
    expect(endIn('{"$object":{}}')).toBe(-1);
    expect(endIn('{"a":{"\\u0024object":{}}}')).toBe(-1);
    expect(endIn('{"$runledger":{"step":"a"}}')).toBe(27);
    expect(endIn("[".repeat(32) + "]".repeat(32))).toBe(64);
    expect(endIn("[".repeat(33) + "]".repeat(33))).toBe(-1);
  });

  it("is not looked for behind the end that is given", () => {
    const bytes = Buffer.from('{"a":"bcdefghij"}');
    for (let end = 0; end < bytes.length; end++) expect(endOfJson(bytes, viewOf(bytes), 0, end)).toBe(-1);
  });
});
