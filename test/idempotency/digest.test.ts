import { describe, expect, it } from "vitest";
import { checkSha256, isSha256, sha256, sha256Hex } from "../../src/idempotency/digest.ts";
import { errorOf } from "./given.ts";

// FIPS 180-2: the digest of "abc".
const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

describe("checksums", () => {
  it("are sha256: and the published digest of the bytes", () => {
    expect(sha256Hex("abc")).toBe(abc);
    expect(sha256(new Uint8Array([0x61, 0x62, 0x63]))).toBe(`sha256:${abc}`);
  });

  it("hash text as UTF-8", () => {
    expect(sha256("é😀")).toBe(sha256(new Uint8Array([0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80])));
  });

  it.each([abc, `sha256:${abc.toUpperCase()}`, `sha256:${abc}0`, `sha256:${abc}\n`, `sha512:${abc}`, "", 5, undefined])(
    "are told from %j",
    (other) => {
      expect(isSha256(`sha256:${abc}`)).toBe(true);
      expect(isSha256(other)).toBe(false);
    },
  );
});

describe("checking a checksum", () => {
  const good = `sha256:${abc}`;
  const other = sha256("other");

  it("passes when both are the same", () => {
    expect(() => checkSha256(good, sha256("abc"))).not.toThrow();
  });

  it("says both sides of a mismatch", () => {
    const error = errorOf(() => checkSha256(good, other));
    expect(error).toMatchObject({ code: "CHECKSUM_INVALID", details: { reason: "mismatch" } });
    expect(error.message).toBe(`checksum mismatch: expected ${good}, got ${other}`);
  });

  it.each([
    ["prefix", abc, "(expected) has no prefix"],
    ["prefix", `md5:${abc}`, "(expected) has no prefix"],
    ["length", good.slice(0, -1), "length of 63 digits instead of 64"],
    ["length", `${good}0`, "length of 65 digits instead of 64"],
    ["length", "sha256:", "length of 0 digits"],
    ["digits", `sha256:${abc.toUpperCase()}`, "lower-case hex"],
  ])("names a wrong %s in %s", (reason, checksum, sentence) => {
    const error = errorOf(() => checkSha256(checksum, good));
    expect(error).toMatchObject({ code: "CHECKSUM_INVALID", details: { reason } });
    expect(error.message).toContain(sentence);
  });

  it("says which of the two has the wrong form, and never that two equal wrong ones match", () => {
    expect(errorOf(() => checkSha256(good, abc)).message).toContain("(got) has no prefix");
    expect(errorOf(() => checkSha256("", "")).details).toEqual({ reason: "prefix" });
  });
});
