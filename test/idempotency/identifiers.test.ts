import fc from "fast-check";
import { v5, validate, version } from "uuid";
import { describe, expect, it } from "vitest";
import { correlationId } from "../../src/idempotency/correlation.ts";
import { newMessageId, newRunId } from "../../src/idempotency/identifiers.ts";
import { type Clock, type Randomness, systemClock, systemRandomness } from "../../src/ports.ts";
import { messageIdSchema, pathIdSchema } from "../../src/protocol/fields.ts";

const clock: Clock = { ...systemClock, now: () => Date.UTC(2026, 10, 21, 7, 0, 9, 999) };
const randomness: Randomness = { bytes: (count) => new Uint8Array(count).fill(0x0a) };

describe("a run id", () => {
  it("is made of the date and time in UTC and eight hex digits", () => {
    expect(newRunId(clock, randomness)).toBe("run-20261121-070009-0a0a0a0a");
    expect(pathIdSchema.safeParse(newRunId(clock, randomness)).success).toBe(true);
  });

  it("differs for two runs of one second", () => {
    expect(newRunId(clock, systemRandomness)).not.toBe(newRunId(clock, systemRandomness));
  });
});

describe("a message id", () => {
  it("is a UUIDv7 of the given milliseconds and bytes, which the schema accepts", () => {
    const id = newMessageId(clock, randomness);
    expect([validate(id), version(id)]).toEqual([true, 7]);
    expect(Number.parseInt(id.replace("-", "").slice(0, 12), 16)).toBe(clock.now());
    expect(newMessageId(clock, randomness)).toBe(id);
    expect(messageIdSchema.safeParse(id).success).toBe(true);
  });

  it("is one also by a clock before 1970", () => {
    const id = newMessageId({ ...clock, now: () => -1 }, systemRandomness);
    expect([validate(id), version(id), id.slice(0, 13)]).toEqual([true, 7, "00000000-0000"]);
  });

  it("is unique within one millisecond", () => {
    const ids = Array.from({ length: 10_000 }, () => newMessageId(clock, systemRandomness));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("a correlation id", () => {
  it("is the UUIDv5 of run and key that the library for UUIDs computes", () => {
    const namespace = "f96c772d-520d-59db-b833-df9f45e318bb";
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (runId, key) => {
        expect(correlationId(runId, key)).toBe(v5(`${runId}\n${key}`, namespace));
      }),
    );
  });
});

describe("randomness of the system", () => {
  it("never gives the same bytes twice, also of a stock that was filled at once, and as many as are asked for", () => {
    const pieces = [16, 4, 4090, 5000, 1, 16].map((count) => systemRandomness.bytes(count));
    expect(pieces.map((piece) => piece.length)).toEqual([16, 4, 4090, 5000, 1, 16]);
    const copies = pieces.map((piece) => Buffer.from(piece).toString("hex"));
    const others = Array.from({ length: 2000 }, () => Buffer.from(systemRandomness.bytes(16)).toString("hex"));
    expect(new Set([...copies, ...others]).size).toBe(copies.length + others.length);
    expect(pieces.map((piece) => Buffer.from(piece).toString("hex"))).toEqual(copies);
  });
});
