import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/idempotency/canonical.ts";
import type { LedgerRecord } from "../../src/ledger/entry.ts";
import { externalize, externalizeWhole, inlineBytes, internalize } from "../../src/objects/externalize.ts";
import { isObjectRef } from "../../src/objects/references.ts";
import type { ObjectRef } from "../../src/protocol/fields.ts";
import { givenStore } from "./given.ts";

const given = givenStore();
const kind = "event";

/** A string whose canonical form, with its quotes, has `sizeBytes` bytes. */
const textOf = (sizeBytes: number) => "x".repeat(sizeBytes - 2);
const large = { z: textOf(inlineBytes), a: [1] };

describe("large values of a record", () => {
  it("become objects above 16,384 bytes and stay at exactly as many", () => {
    const payload = { fits: textOf(16_384), exceeds: textOf(16_385) };
    const record = externalize({ kind, payload }, given.objects);
    expect(record.payload.fits).toBe(payload.fits);
    expect(isObjectRef(record.payload.exceeds)).toBe(true);
  });

  it("are measured in bytes of UTF-8, not in characters", () => {
    const payload = { fits: "é".repeat(8_191), exceeds: "é".repeat(8_192) };
    const record = externalize({ kind, payload }, given.objects);
    expect(record.payload.fits).toBe(payload.fits);
    expect(isObjectRef(record.payload.exceeds)).toBe(true);
  });

  it("are stored as their canonical form, as application/json", () => {
    const record = externalize({ kind, payload: { result: large } }, given.objects);
    const ref = record.payload.result as unknown as ObjectRef;
    expect(ref.$object.media_type).toBe("application/json");
    expect(Buffer.from(given.objects.get(ref)).toString()).toBe(canonicalJson(large));
    expect(canonicalJson(large)).not.toBe(JSON.stringify(large));
  });

  it("are replaced in inputs, payload, artifacts and the inputs of a function's command, and read back", () => {
    const record = {
      kind,
      payload: { result: large, small: 1 },
      inputs: { large },
      artifacts: Array.from({ length: 200 }, (_, index) => ({
        path: `file-${index}`,
        sha256: "x".repeat(71),
        size: 1,
      })),
      command: { action: "call", inputs: { large, small: [] } },
    };
    const recorded = externalize(record, given.objects);
    expect(Buffer.byteLength(canonicalJson(recorded))).toBeLessThan(1_200);
    expect(Object.keys(recorded)).toEqual(Object.keys(record));
    expect(recorded.payload.small).toBe(1);
    expect(internalize(recorded.payload.result, given.objects)).toEqual(large);
    expect(internalize(recorded.inputs.large, given.objects)).toEqual(large);
    expect(internalize(recorded.artifacts, given.objects)).toEqual(record.artifacts);
    expect(internalize(recorded.command.inputs.large, given.objects)).toEqual(large);
    expect(recorded.command.action).toBe("call");
  });

  it("do not change the record they are taken from", () => {
    const record = { kind, payload: { result: large }, command: { inputs: { large } } };
    const before = structuredClone(record);
    externalize(record, given.objects);
    externalizeWhole(record, given.objects);
    expect(record).toEqual(before);
  });

  it("leave $runledger where it is, however large", () => {
    const needs = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`step-${index}`, "x".repeat(71)]));
    const inputs = { $runledger: { step: "build", needs }, goal: textOf(20_000) };
    const recorded = externalize({ kind, inputs, command: { inputs } }, given.objects);
    expect(recorded.inputs.$runledger).toEqual(inputs.$runledger);
    expect(recorded.command.inputs.$runledger).toEqual(inputs.$runledger);
    expect(isObjectRef(recorded.inputs.goal)).toBe(true);
  });

  it("may be members with the name __proto__", () => {
    const payload = JSON.parse(`{"__proto__": "${textOf(20_000)}"}`);
    const recorded = externalize({ kind, payload }, given.objects);
    expect(Object.keys(recorded.payload)).toEqual(["__proto__"]);
    expect(canonicalJson(recorded)).toContain('{"__proto__":{"$object":');
  });

  it("are refused when they are no JSON, before anything is stored", () => {
    const payload = { result: [undefined, textOf(inlineBytes)] };
    expect(() => externalize({ kind, payload }, given.objects)).toThrow(expect.objectContaining({ code: "NOT_JSON" }));
  });

  it("are left alone when there are none", () => {
    const record: LedgerRecord = {
      kind: "log",
      level: "info",
      message: textOf(20_000),
      timestamp: "2026-11-21T07:00:01.000Z",
    };
    expect(externalize(record, given.objects)).toEqual(record);
    expect(externalizeWhole(record, given.objects)).toEqual(record);
  });
});

describe("a record with very many small values", () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`member-${index}`, textOf(5_000)]));

  it("has its whole payload and inputs made one object each", () => {
    const record = { kind, payload: many, inputs: many, command: { action: "call", inputs: many } };
    expect(externalize(record, given.objects)).toEqual(record);
    const recorded = externalizeWhole(record, given.objects);
    expect(Buffer.byteLength(canonicalJson(recorded))).toBeLessThan(1_000);
    expect(internalize(recorded.payload, given.objects)).toEqual(many);
    expect(internalize(recorded.inputs, given.objects)).toEqual(many);
    expect(internalize(recorded.command.inputs, given.objects)).toEqual(many);
  });

  it("keeps what is small", () => {
    const record = { kind, payload: many, command: { action: "call", inputs: { goal: "x" } } };
    expect(externalizeWhole(record, given.objects).command).toEqual(record.command);
  });
});

describe("reading a value back", () => {
  it("leaves what is no reference, and what a plain command printed", () => {
    const printed = given.objects.put(Buffer.from("{}"), "text/plain; charset=utf-8");
    expect(internalize(printed, given.objects)).toBe(printed);
    expect(internalize({ $object: 1 }, given.objects)).toEqual({ $object: 1 });
    expect(internalize(null, given.objects)).toBeNull();
  });
});
