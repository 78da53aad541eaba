import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { correlationId } from "../../src/idempotency/correlation.ts";
import { chosenKey, idempotencyKey, type KeyParts, reservedActions } from "../../src/idempotency/key.ts";
import { errorOf, refusalOf } from "./given.ts";

interface KeyVector {
  action: string;
  task_id: string;
  snapshot_id: string;
  inputs: Record<string, unknown>;
  expected_outputs: { path: string; required: boolean }[];
  key: string;
}

const vectors: { keys: KeyVector[]; correlation: Record<"run_id" | "idempotency_key" | "correlation_id", string> } =
  JSON.parse(readFileSync(new URL("../vectors/vectors.json", import.meta.url), "utf8"));

const parts: KeyParts = {
  action: "implement",
  taskId: "T-0042",
  snapshotId: "snap-d0ab7e60b764",
  inputs: { goal: "test goal" },
  expectedOutputs: [{ path: "a.txt", required: true }],
};

describe("an idempotency key", () => {
  it.each(vectors.keys)("of $action with $inputs is the golden $key", (vector) => {
    const key = idempotencyKey({
      action: vector.action,
      taskId: vector.task_id,
      snapshotId: vector.snapshot_id,
      inputs: vector.inputs,
      expectedOutputs: vector.expected_outputs,
    });
    expect(key).toBe(vector.key);
  });

  it("changes with every part", () => {
    const variants: KeyParts[] = [
      parts,
      { ...parts, action: "review" },
      { ...parts, taskId: "T-0043" },
      { ...parts, snapshotId: "snap-d0ab7e60b765" },
      { ...parts, inputs: { goal: "test goal " } },
      { ...parts, inputs: { goal: "test goal", $runledger: { step: "build" } } },
      { ...parts, inputs: { goal: "test goal", $runledger: { step: "build", round: 2 } } },
      { ...parts, inputs: {} },
      { ...parts, expectedOutputs: [] },
      { ...parts, expectedOutputs: [{ path: "b.txt" }] },
      { ...parts, expectedOutputs: [{ path: "a.txt", required: false }] },
      { ...parts, expectedOutputs: [{ path: "a.txt" }, { path: "b.txt" }] },
      { ...parts, expectedOutputs: [{ path: "b.txt" }, { path: "a.txt" }] },
    ];
    expect(new Set(variants.map(idempotencyKey)).size).toBe(variants.length);
  });

  it("is the same with the default of required written out, and with a description", () => {
    const described = [{ path: "a.txt", description: "the letter" }];
    expect(idempotencyKey({ ...parts, expectedOutputs: [{ path: "a.txt" }] })).toBe(idempotencyKey(parts));
    expect(idempotencyKey({ ...parts, expectedOutputs: described })).toBe(idempotencyKey(parts));
  });

  it("does not depend on the order of members, and differs for different inputs", () => {
    const inputs = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(inputs, inputs, (one, other) => {
        const reversed = Object.fromEntries(Object.entries(one).reverse());
        expect(idempotencyKey({ ...parts, inputs: reversed })).toBe(idempotencyKey({ ...parts, inputs: one }));
        fc.pre(JSON.stringify(one) !== JSON.stringify(other) && Object.keys(one).join() !== Object.keys(other).join());
        expect(idempotencyKey({ ...parts, inputs: other })).not.toBe(idempotencyKey({ ...parts, inputs: one }));
      }),
    );
  });

  it.each(["", "Implement", "1st", "a b", "a\nb", "implement\n", "a".repeat(65), "é", undefined])(
    "is refused for the action %j",
    (action) => {
      expect(errorOf(() => idempotencyKey({ ...parts, action: action as string })).code).toBe("ID_INVALID");
    },
  );

  it.each(reservedActions)("is refused for actions under %s", (reserved) => {
    expect(errorOf(() => idempotencyKey({ ...parts, action: reserved })).code).toBe("ID_INVALID");
    expect(errorOf(() => idempotencyKey({ ...parts, action: `${reserved}.it` })).code).toBe("ID_INVALID");
    expect(idempotencyKey({ ...parts, action: `${reserved}s` })).toMatch(/^ik:/);
  });

  it("is refused for ids that hold a line feed or are no text, so that no two lists of parts can read alike", () => {
    for (const id of ["", "a\n", "a\nsnap-1", "a b", "-a", "a".repeat(129), undefined as unknown as string]) {
      expect(errorOf(() => idempotencyKey({ ...parts, taskId: id })).message).toContain("not a task id");
      expect(errorOf(() => idempotencyKey({ ...parts, snapshotId: id })).message).toContain("not a snapshot id");
    }
  });

  it("is refused for inputs that are no object or no JSON", () => {
    for (const inputs of [null, [], "a", 1, undefined]) {
      expect(errorOf(() => idempotencyKey({ ...parts, inputs: inputs as never })).code).toBe("USAGE");
    }
    expect(refusalOf(() => idempotencyKey({ ...parts, inputs: { at: new Date(0) } })).path).toBe("$.at");
  });

  it.each([
    [null],
    ["a"],
    [{}],
    [[null]],
    [["a.txt"]],
    [[{}]],
    [[{ path: "" }]],
    [[{ path: 1 }]],
    [[{ path: "a", required: 1 }]],
  ])("is refused for the expected outputs %j", (outputs) => {
    expect(errorOf(() => idempotencyKey({ ...parts, expectedOutputs: outputs as never })).code).toBe("USAGE");
  });
});

describe("a chosen key", () => {
  it("is the digest of its text, told from a computed one by its prefix", () => {
    // printf invoice-42 | sha256sum
    expect(chosenKey("invoice-42")).toBe("ck:3c304bc21c84147600a54c27b7bccab936b33065bc7ea051a1a9af00e3378ff3");
    expect(chosenKey("invoice-42\n")).not.toBe(chosenKey("invoice-42"));
  });

  it.each(["", "a\ud800", undefined, 5])("is refused when it is %j", (key) => {
    expect(errorOf(() => chosenKey(key as string)).code).toBe("USAGE");
  });
});

describe("a correlation id", () => {
  it("is the golden one, and another for another run or key", () => {
    const { run_id, idempotency_key, correlation_id } = vectors.correlation;
    expect(correlationId(run_id, idempotency_key)).toBe(correlation_id);
    expect(correlationId(`${run_id}0`, idempotency_key)).not.toBe(correlation_id);
    expect(correlationId(run_id, chosenKey("invoice-42"))).not.toBe(correlation_id);
  });
});
