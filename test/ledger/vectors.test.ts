import fs from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { type LedgerEntry, readLedger, replay, verifyLedger } from "../../src/index.ts";
import type { LedgerRecord } from "../../src/ledger/entry.ts";
import { emptyHead, sealLine } from "../../src/ledger/line.ts";
import { runId } from "../faults/given-ledger.ts";
import { givenRunFolder } from "./run-folder.ts";

const vectors = path.join(import.meta.dirname, "../vectors");
const expected = JSON.parse(fs.readFileSync(path.join(vectors, "vectors.json"), "utf8")).ledger;
const bytes = fs.readFileSync(path.join(vectors, expected.file));

describe("the golden ledger", () => {
  const given = givenRunFolder();
  const options = () => ({ workspace: given.run.workspace, store: given.run.store, runId });
  beforeEach(() => fs.writeFileSync(given.run.layout.ledger, bytes));

  it("is read by the public reader up to the head that the vectors name", () => {
    const entries = [...readLedger(options())];
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(entries.at(-1)?.hash).toBe(expected.head);
    expect(replay(entries)).toMatchObject({ runId, status: "completed", head: { seq: 5, hash: expected.head } });
  });

  it("is verified up to that head, and nothing is wrong with it", () => {
    const report = verifyLedger(options());
    expect(report).toMatchObject({ ok: true, entries: expected.entries, faults: [] });
    expect(report.head).toEqual({ seq: expected.entries, hash: expected.head });
  });

  it("is sealed again to the same bytes from what its entries say", () => {
    let head = emptyHead;
    const lines = [...readLedger(options())].map((entry) => {
      const { record, place } = takenApart(entry);
      const sealed = sealLine(record, place, head);
      head = sealed.entry;
      return sealed.bytes;
    });
    expect(Buffer.concat(lines).equals(bytes)).toBe(true);
  });

  it("is damaged for whoever changes one of its bytes, which is named", () => {
    const changed = Buffer.from(bytes);
    const start = bytes.indexOf(0x0a) + 1;
    changed.writeUInt8(changed.readUInt8(start + 30) ^ 1, start + 30);
    fs.writeFileSync(given.run.layout.ledger, changed);
    const { ok, entries, faults } = verifyLedger(options());
    expect({ ok, entries }).toEqual({ ok: false, entries: 1 });
    expect(faults).toMatchObject([{ code: "LEDGER_DAMAGED", line: 2, byte: start }]);
    expect(() => [...readLedger(options())]).toThrow(`line 2, byte ${start}: `);
  });
});

function takenApart({ seq, at, durable, hash: _, ...record }: LedgerEntry) {
  return { record: record as LedgerRecord, place: { seq, at, durable } };
}
