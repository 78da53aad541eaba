import { describe, expect, it } from "vitest";
import { isObjectRef } from "../../src/objects/references.ts";
import { objectRefSchema } from "../../src/protocol/fields.ts";

const sha256 = `sha256:${"0a".repeat(32)}`;
const target = { sha256, size: 5, media_type: "application/json" };

describe("a reference to an object", () => {
  it("is exactly a member $object with checksum, size and media type", () => {
    expect(isObjectRef({ $object: target })).toBe(true);
    expect(isObjectRef({ $object: { ...target, size: 0 } })).toBe(true);
  });

  it.each([
    [null],
    ["$object"],
    [[target]],
    [{}],
    [{ $object: null }],
    [{ $object: target, more: 1 }],
    [{ $object: { ...target, more: 1 } }],
    [{ $object: { sha256, size: 5 } }],
    [{ $object: { ...target, sha256: "0a" } }],
    [{ $object: { ...target, size: -1 } }],
    [{ $object: { ...target, size: 1.5 } }],
    [{ $object: { ...target, size: "5" } }],
    [{ $object: { ...target, size: 2 ** 53 } }],
    [{ $object: { ...target, media_type: "" } }],
  ])("is not %j, as the schema says too", (value) => {
    expect(isObjectRef(value)).toBe(false);
    expect(objectRefSchema.safeParse(value).success).toBe(false);
  });
});
