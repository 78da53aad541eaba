import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CallRecord, entryOf, eventOfCall, sealCall } from "../../src/ledger/call-record.ts";
import type { LedgerEntry } from "../../src/ledger/entry.ts";
import { emptyHead, sealLine } from "../../src/ledger/line.ts";
import { called, callRecordOf, entriesOf, started } from "../runstate/given.ts";

const calls = fc
  .tuple(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })))
  .map(([result, own]) => {
    const call = called("a", { result });
    const command = { ...call.command, inputs: { $runledger: { step: "a" }, ...own } };
    return entriesOf([started(), { ...call, command } as typeof call])[1] as LedgerEntry;
  });

describe("a call that is put together from texts", () => {
  it("has the line of its record, to the byte, and is its entry", () => {
    fc.assert(
      fc.property(calls, fc.nat(1e9), ({ seq: _, hash: __, at, durable, ...record }, behind) => {
        const place = { at, durable: durable + behind, seq: durable + behind + 1 };
        const call = callRecordOf({ ...record, ...place, hash: "" } as LedgerEntry) as CallRecord;
        const { entry, bytes } = sealLine(record as never, place, emptyHead);
        const sealed = sealCall(call, place, emptyHead);
        expect(Buffer.from(sealed.bytes).toString()).toBe(Buffer.from(bytes).toString());
        expect(entryOf(sealed.appended)).toEqual(JSON.parse(Buffer.from(bytes).toString()));
        expect({ seq: sealed.appended.seq, hash: sealed.appended.hash }).toEqual({ seq: entry.seq, hash: entry.hash });
        expect(eventOfCall(call)).toEqual(JSON.parse(JSON.stringify(record)));
      }),
    );
  });
});
