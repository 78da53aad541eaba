import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "../../src/agent/line-splitter.ts";
import { strictJson } from "../../src/agent/strict-json.ts";
import { Utf8Check } from "../../src/agent/utf8-check.ts";

describe("lines", () => {
  it("come out whole, and too long ones as their size, wherever the chunks are cut", () => {
    const lines = fc.array(fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 }));
    fc.assert(
      fc.property(
        lines,
        fc.string({ unit: fc.constant("c"), maxLength: 12 }),
        fc.array(fc.nat(9)),
        (all, rest, sizes) => {
          const splitter = new LineSplitter(8);
          const bytes = Buffer.from([...all, rest].join("\n"));
          const found: string[] = [];
          for (let from = 0, turn = 0; from < bytes.length; turn++) {
            const size = sizes[turn] ?? 3;
            for (const line of splitter.push(bytes.subarray(from, from + size))) {
              found.push("bytes" in line ? Buffer.from(line.bytes).toString() : `oversize ${line.oversizeBytes}`);
            }
            from += size;
          }
          expect(found).toEqual(all.map((line) => (line.length <= 7 ? line : `oversize ${line.length + 1}`)));
          expect(splitter.unfinishedBytes).toBe(rest.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("strict JSON", () => {
  it("takes whatever JSON.stringify prints, and gives it back", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(strictJson(text)).toEqual({ value: JSON.parse(text) });
        expect(strictJson(JSON.stringify(value, null, 2))).toEqual({ value: JSON.parse(text) });
      }),
    );
  });

  it("takes every double, with as many digits as a sender likes that say the same", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (double) => {
        expect(strictJson(JSON.stringify(double))).toHaveProperty("value");
        expect(strictJson(double.toPrecision(17))).toHaveProperty("value");
        expect(strictJson(double.toExponential(30))).toHaveProperty("value");
      }),
      { numRuns: 2_000 },
    );
    for (const number of [
      "1.0",
      "1e2",
      "-0",
      "0.0e5",
      "100000000000000000000",
      "1208925819614629174706176",
      "5e-324",
    ]) {
      expect(strictJson(number), number).toHaveProperty("value");
    }
  });

  it.each([
    ["9007199254740993", "NUMBER_NOT_EXACT"],
    ["12345678901234567890", "NUMBER_NOT_EXACT"],
    ["-0.1234567890123456789012", "NUMBER_NOT_EXACT"],
    ["1e400", "NUMBER_NOT_EXACT"],
    ["1e-400", "NUMBER_NOT_EXACT"],
    [`[1${"0".repeat(200_000)}1]`, "NUMBER_NOT_EXACT"],
    ['{"a":1,"b":2,"a":3}', "DUPLICATE_MEMBER"],
    ['{"a":1,"\\u0061" :3}', "DUPLICATE_MEMBER"],
    ['{"__proto__":1,"__proto__":2}', "DUPLICATE_MEMBER"],
    ['["\\ud800"]', "LONE_SURROGATE"],
    ['{"\\udc00":1}', "LONE_SURROGATE"],
    ["{", "NOT_JSON"],
    ["[,1]", "NOT_JSON"],
    ["NaN", "NOT_JSON"],
    ["\ufeff{}", "NOT_JSON"],
    ['"\u0001"', "NOT_JSON"],
    ["[".repeat(257) + "]".repeat(257), "TOO_DEEP"],
    ["[".repeat(258_000), "NOT_JSON"],
  ])("refuses %.40s as %s", (text, code) => {
    expect(strictJson(text)).toMatchObject({ code });
  });

  it("is not misled by brackets, digits and colons inside strings, or by equal names in different objects", () => {
    for (const text of [
      '{"a":"a\\":[1,{\\\\","b":"]}"}',
      '{"a":{"a":["a","a"]},"b":{"a":1}}',
      '["9007199254740993"]',
    ]) {
      expect(strictJson(text)).toEqual({ value: JSON.parse(text) });
    }
    expect(strictJson("[".repeat(256) + "]".repeat(256))).toHaveProperty("value");
  });

  it("judges lines of the greatest length, whatever is in them", () => {
    for (const filler of ["x", "\\\\", '\\"', " ", "\\u0061"]) {
      const text = `"${filler.repeat(Math.floor(258_000 / filler.length))}"`;
      expect(strictJson(text)).toHaveProperty("value");
    }
    expect(strictJson(`["a"${" ".repeat(258_000)}]`)).toHaveProperty("value");
  });
});

describe("the judgement of UTF-8", () => {
  it("is the same for a stream as for the whole, wherever the chunks are cut", () => {
    const piece = fc.oneof(
      fc.constantFrom("é", "😀", "～", "a").map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 1, max: 5 }), (pieces, size) => {
        const bytes = Buffer.concat(pieces);
        const check = new Utf8Check();
        for (let from = 0; from < bytes.length; from += size) check.write(bytes.subarray(from, from + size));
        expect(check.valid).toBe(Buffer.from(bytes.toString()).equals(bytes));
      }),
      { numRuns: 1_000 },
    );
  });
});
