import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/idempotency/canonical.ts";
import { itemsOfLines } from "../../src/task/item-lines.ts";
import { itemOfRef, itemProblem, itemProblems, itemRef } from "../../src/task/items.ts";
import { readyStep } from "../../src/task/ready-step.ts";
import type { PlainStep } from "../../src/task/task.ts";

/** Anything that may be an item: one line of UTF-8 that is not blank. */
const item = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }).filter((text) => {
  return itemProblem(text) === undefined && text.trim() !== "" && !text.startsWith("\uFEFF");
});
const items = fc.uniqueArray(item, { maxLength: 40 });

const found = (values: readonly unknown[]) => values.map((value, index) => ({ value, place: `at ${index}` }));

describe("the items of a text", () => {
  it("are its lines, whatever is in them and however it ends", () => {
    fc.assert(
      fc.property(items, fc.constantFrom("\n", "\r\n"), fc.boolean(), (list, lineEnd, isTerminated) => {
        const text = list.join(lineEnd) + (isTerminated && list.length > 0 ? lineEnd : "");
        const { items: read, problems } = itemsOfLines(Buffer.from(text), "f", "lines");
        expect(problems).toEqual([]);
        expect(read.map(({ value }) => value)).toEqual(list);
        expect(read.map(({ place }) => place)).toEqual(list.map((_, index) => `f:${index + 1}`));
      }),
    );
  });

  it("are its JSON texts, one a line", () => {
    fc.assert(
      fc.property(items, (list) => {
        const text = list.map((each) => `${JSON.stringify(each)}\n`).join("");
        expect(itemsOfLines(Buffer.from(text), "f", "ndjson").items.map(({ value }) => value)).toEqual(list);
      }),
    );
  });

  it("are read from any bytes without an exception, each line an item, blank, or a problem", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom("lines" as const, "ndjson" as const),
        (bytes, form) => {
          const { items: read, problems } = itemsOfLines(bytes, "f", form);
          const lines = Buffer.from(bytes).toString("latin1").split("\n").length;
          expect(read.length + problems.length).toBeLessThanOrEqual(lines);
        },
      ),
    );
  });
});

describe("a list of items", () => {
  it("is sound exactly if each of them can be one and none stands twice", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(item, fc.jsonValue(), fc.constantFrom("a", "b", "", "a\nb", "\u0085", "\u2028")), {
          maxLength: 12,
        }),
        (list) => {
          const isSound = list.every((each) => itemProblem(each) === undefined) && new Set(list).size === list.length;
          expect(itemProblems(found(list)).length === 0).toBe(isSound);
        },
      ),
    );
  });

  it.each([
    { value: "", says: "an item is not empty" },
    { value: 7, says: "expected a text, found 7" },
    { value: "a\u0000b", says: "an item has no control characters, this one has U+0000" },
    { value: "a\u009bb", says: "an item has no control characters, this one has U+009B" },
    { value: "\ud800", says: "the item has half a character (a lone surrogate)" },
    { value: "ü".repeat(513), says: "an item has at most 1024 bytes, this one has 1026" },
  ])("names what is wrong: $says", ({ value, says }) => {
    expect(itemProblems(found(["fine", value]))).toEqual([{ place: "at 1", says }]);
  });

  it("takes items up to 1,024 bytes", () => {
    expect(itemProblems(found(["x".repeat(1024), "ü".repeat(512)]))).toEqual([]);
  });

  it("names the place of the first that is the same", () => {
    expect(itemProblems(found(["a", "b", "a"]))).toEqual([{ place: "at 2", says: '"a" stands at at 0 already' }]);
  });
});

describe("an item in its step", () => {
  const step: PlainStep = {
    ...{ id: "each", needs: [], retry: { max_attempts: 1 }, writes: ["out/**"] },
    run: ["cp", "--", { $item: true }, "there"],
    probe: ["test", "-e", { $item: true }],
    env: { NAME: { $item: true }, TOKEN: { $env: "TOKEN" } },
    expected_outputs: [{ path: "out/{item}/{item}.txt", required: true }],
    for_each: { list: [] },
  };

  it("stands in all places as it is, and changes nothing else", () => {
    fc.assert(
      fc.property(item, (text) => {
        expect(readyStep(step, text)).toEqual({
          ...{ id: `each[${text}]`, needs: [], retry: { max_attempts: 1 }, writes: ["out/**"] },
          run: ["cp", "--", text, "there"],
          probe: ["test", "-e", text],
          env: { NAME: text, TOKEN: { $env: "TOKEN" } },
          expected_outputs: [{ path: `out/${text}/${text}.txt`, required: true }],
        });
      }),
    );
  });

  it("has a name that says both, and one step with two items has two inputs of keys", () => {
    fc.assert(
      fc.property(items, (list) => {
        for (const each of list) expect(itemOfRef(itemRef("each", each))).toEqual({ step: "each", item: each });
        const inputs = list.map((each) => canonicalJson({ ...readyStep(step, each) }));
        expect(new Set(inputs).size).toBe(list.length);
      }),
    );
  });
});
