import fc from "fast-check";
import { canonicalize } from "json-canonicalize";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/idempotency/canonical.ts";
import { nested, refusalOf } from "./given.ts";

describe("canonical JSON", () => {
  it("prints the example of RFC 8785, section 3.2.2", () => {
    const value = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`);
    expect(canonicalJson(value)).toBe(
      `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],` +
        String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it("sorts members by UTF-16 code units, as in RFC 8785, section 3.2.3", () => {
    const value = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    const labels = [...canonicalJson(value).matchAll(/:"([^"]*)"/g)].map(([, label]) => label);
    expect(labels).toEqual([
      "Carriage Return",
      "One",
      "Control",
      "Latin Small Letter O With Diaeresis",
      "Euro Sign",
      "Emoji: Grinning Face",
      "Hebrew Letter Dalet With Dagesh",
    ]);
  });

  it.each([
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["ffefffffffffffff", "-1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["c340000000000000", "-9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["44b52d02c7e14af7", "1.0000000000000001e+23"],
    ["444b1ae4d6e2ef4e", "999999999999999700000"],
    ["444b1ae4d6e2ef4f", "999999999999999900000"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["41b3de4355555554", "333333333.33333325"],
    ["41b3de4355555555", "333333333.3333333"],
    ["41b3de4355555556", "333333333.3333334"],
    ["41b3de4355555557", "333333333.33333343"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ])("prints the double %s of RFC 8785, appendix B, as %s", (bits, text) => {
    const double = Buffer.from(bits, "hex").readDoubleBE();
    expect(canonicalJson(double)).toBe(text);
    expect(canonicalJson({ b: double, a: 1 })).toBe(`{"a":1,"b":${text}}`);
  });

  it.each([
    ["a data member named toJSON", { toJSON: 1, a: 2 }, '{"a":2,"toJSON":1}'],
    ["a member named __proto__", JSON.parse('{"b":1,"__proto__":{"c":2}}'), '{"__proto__":{"c":2},"b":1}'],
    ["integer-like names in the order of text", { 9: "a", 10: "b" }, '{"10":"b","9":"a"}'],
    ["members named hash, $object and the empty name", { hash: 1, $object: 2, "": 3 }, '{"":3,"$object":2,"hash":1}'],
    ["objects without prototype", Object.assign(Object.create(null), { b: 1, a: 2 }), '{"a":2,"b":1}'],
    ["a data member named rawJSON", Object.assign(Object.create(null), { rawJSON: "x" }), '{"rawJSON":"x"}'],
    ["minus zero as zero", [-0], "[0]"],
    ["<, >, & and U+2028 as they are", "<>&\u2028", '"<>&\u2028"'],
    ["one value in two places, which is no cycle", ((x) => [x, x])({ b: 1, a: [] }), '[{"a":[],"b":1},{"a":[],"b":1}]'],
    ["unordered members deep inside ordered ones", { a: [{ z: 1, b: 2 }] }, '{"a":[{"b":2,"z":1}]}'],
    ["getters by their value", Object.defineProperty({}, "a", { get: () => 1, enumerable: true }), '{"a":1}'],
  ])("prints %s", (_, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it("agrees with an independent implementation on every JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: "binary" }), (value) => {
        fc.pre(!JSON.stringify(value).includes('"toJSON"')); // its known fault
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
      { numRuns: 1_000 },
    );
  });

  it("does not depend on the order in which members were set", () => {
    const objects = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(objects, (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("what JSON cannot say is refused, naming the place:", () => {
  class Account {
    balance = 1;
  }
  it.each<[string, unknown, string]>([
    ["undefined", undefined, "undefined"],
    ["NaN", Number.NaN, "NaN"],
    ["infinity", Number.POSITIVE_INFINITY, "Infinity"],
    ["minus infinity", Number.NEGATIVE_INFINITY, "-Infinity"],
    ["a BigInt", 1n, "bigint"],
    ["a function", () => 1, "function"],
    ["a symbol", Symbol("s"), "symbol"],
    ["a high surrogate alone", "a\ud800", "lone surrogate"],
    ["a low surrogate alone", "\udc00a", "lone surrogate"],
    ["a Map", new Map(), "Map"],
    ["a Set", new Set(), "Set"],
    ["a Date", new Date(0), "Date"],
    ["an invalid Date", new Date(Number.NaN), "Date"],
    ["a RegExp", /a/, "RegExp"],
    ["an Error", new Error("e"), "Error"],
    ["a Promise", Promise.resolve(), "Promise"],
    ["bytes", new Uint8Array(1), "Uint8Array"],
    ["a Buffer", Buffer.from("a"), "Buffer"],
    ["a class instance", new Account(), "Account"],
    ["an object that inherits from another", Object.create({ a: 1 }), "Object"],
    ["a boxed number", Object(1), "Number"],
    ["a boxed string", Object("a"), "String"],
    ["a boxed boolean", Object(false), "Boolean"],
    ["a subclass of Array", new (class List extends Array {})(), "List"],
    ["an array without prototype", Object.setPrototypeOf([], null), "no plain object"],
    ["a function named toJSON", { toJSON: () => 1 }, "toJSON"],
    ["a hidden function named toJSON", Object.defineProperty({}, "toJSON", { value: () => 1 }), "toJSON"],
    ["a hidden function named toJSON on an array", Object.defineProperty([], "toJSON", { value: () => 1 }), "toJSON"],
    ["raw JSON", (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON("1.0"), "rawJSON"],
    ["a symbol as name", { [Symbol("s")]: 1 }, "symbol"],
    ["a symbol as name on an array", Object.assign([], { [Symbol("s")]: 1 }), "symbol"],
  ])("%s", (_, value, reason) => {
    expect(refusalOf(() => canonicalJson(value))).toEqual({ path: "$", reason: expect.stringContaining(reason) });
    expect(refusalOf(() => canonicalJson({ z: 1, a: [0, { "b c": value }] })).path).toBe('$.a[1]["b c"]');
  });

  it("a member that is undefined, instead of leaving it out", () => {
    expect(refusalOf(() => canonicalJson({ a: 1, b: undefined }))).toEqual({ path: "$.b", reason: "undefined" });
  });

  it("undefined in an array, instead of printing null", () => {
    expect(refusalOf(() => canonicalJson([undefined]))).toEqual({ path: "$[0]", reason: "undefined" });
  });

  it("a hole in an array", () => {
    // biome-ignore lint/suspicious/noSparseArray: this is the hostile input
    expect(refusalOf(() => canonicalJson({ a: [1, , 3] }))).toEqual({ path: "$.a[1]", reason: "a hole" });
    expect(refusalOf(() => canonicalJson(new Array(4_000_000_000)))).toEqual({ path: "$[0]", reason: "a hole" });
  });

  it("another member on an array", () => {
    const value = Object.assign([1, 2], { total: 3 });
    expect(refusalOf(() => canonicalJson({ a: value })).path).toBe("$.a");
  });

  it("a lone surrogate in a member name", () => {
    const refusal = refusalOf(() => canonicalJson({ a: { "\udead": 1 } }));
    expect(refusal).toEqual({ path: '$.a["\\udead"]', reason: "a name with a lone surrogate" });
  });

  it("a value that contains itself", () => {
    const object: Record<string, unknown> = {};
    object.self = { again: object };
    const array: unknown[] = [];
    array.push([array]);
    expect(refusalOf(() => canonicalJson(object)).reason).toContain("in itself");
    expect(refusalOf(() => canonicalJson(array)).reason).toContain("in itself");
  });

  it("more than 256 arrays or objects in one another, however many more", () => {
    for (const shape of ["array", "object"] as const) {
      expect(canonicalJson(nested(shape, 256))).toHaveLength(JSON.stringify(nested(shape, 256)).length);
      expect(refusalOf(() => canonicalJson(nested(shape, 257))).reason).toContain("deeper than 256");
      expect(refusalOf(() => canonicalJson(nested(shape, 1_000_000))).reason).toContain("deeper than 256");
    }
  });
});
