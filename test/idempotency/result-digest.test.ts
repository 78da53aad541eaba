import { describe, expect, it } from "vitest";
import { sha256 } from "../../src/idempotency/digest.ts";
import { resultDigest } from "../../src/idempotency/result-digest.ts";
import { refusalOf } from "./given.ts";

const one = sha256("one");
const two = sha256("two");

describe("the digest of a result", () => {
  it("is that of the canonical artifacts, result and status", () => {
    const digest = resultDigest({ status: "success", result: { b: 1, a: 2 }, artifacts: [{ path: "x", sha256: one }] });
    const text = `{"artifacts":[{"path":"x","sha256":"${one}"}],"result":{"a":2,"b":1},"status":"success"}`;
    expect(digest).toBe(sha256(text));
  });

  it("takes an absent result as null and absent artifacts as none", () => {
    expect(resultDigest({ status: "failed" })).toBe(sha256('{"artifacts":[],"result":null,"status":"failed"}'));
    expect(resultDigest({ status: "failed", result: null, artifacts: [] })).toBe(resultDigest({ status: "failed" }));
  });

  it("does not depend on the order of artifacts or on their sizes", () => {
    const artifacts = [
      { path: "😀", sha256: one, size: 1 },
      { path: "～", sha256: two, size: 2 },
    ];
    const digest = resultDigest({ status: "success", artifacts });
    expect(resultDigest({ status: "success", artifacts: artifacts.toReversed() })).toBe(digest);
    // By UTF-8 bytes U+FF5E comes before U+1F600; by UTF-16 code units it would not.
    const sorted = `[{"path":"～","sha256":"${two}"},{"path":"😀","sha256":"${one}"}]`;
    expect(digest).toBe(sha256(`{"artifacts":${sorted},"result":null,"status":"success"}`));
    expect(artifacts[0]?.path).toBe("😀");
  });

  it("changes with the result, the status and each artifact's path and content", () => {
    const base = { status: "success", result: 1, artifacts: [{ path: "x", sha256: one }] } as const;
    const digests = [
      base,
      { ...base, status: "failed" as const },
      { ...base, result: "1" },
      { ...base, artifacts: [{ path: "y", sha256: one }] },
      { ...base, artifacts: [{ path: "x", sha256: two }] },
    ].map(resultDigest);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it("is refused for a result that is no JSON", () => {
    expect(refusalOf(() => resultDigest({ status: "success", result: Number.NaN })).path).toBe("$.result");
  });
});
