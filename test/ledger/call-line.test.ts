import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DiskFile } from "../../src/durable/disk.ts";
import { sha256Hex } from "../../src/idempotency/digest.ts";
import { CallLine } from "../../src/ledger/call-line.ts";
import type { Head, LedgerRecord } from "../../src/ledger/entry.ts";
import { emptyHead, sealBytes, sealLine } from "../../src/ledger/line.ts";
import { ScannedCall, type ScanOptions, scanLedger } from "../../src/ledger/scan.ts";
import { called, entriesOf, started } from "../runstate/given.ts";

const inputs = { $runledger: { step: "a" }, n: 1, text: 'x"\\\n' };
const result = { list: [1, -2.5, null, true], text: "ünï" };

/** A ledger of its start and a call, whose line is sealed after `change`. */
function ledgerWith(change: (body: string) => Buffer): Buffer {
  const call = called("a", { result });
  const records = [started(), { ...call, command: { ...call.command, inputs } } as LedgerRecord, called("b")];
  let head: Head = emptyHead;
  const lines = entriesOf(records).map(({ seq, at, durable, hash: _, ...record }) => {
    const bytes = Buffer.from(sealLine(record as LedgerRecord, { seq, at, durable }, head).bytes);
    const body = bytes.toString("utf8", 0, bytes.length - sealBytes - 1);
    const line =
      seq === 2
        ? sealed(change(body), head)
        : { bytes, hash: bytes.toString("latin1", bytes.length - 67, bytes.length - 3) };
    head = { seq, hash: line.hash };
    return line.bytes;
  });
  return Buffer.concat(lines);
}

/** As anybody can who has the ledger: nothing in it is secret. `body` without its last brace. */
function sealed(body: Buffer, previous: Head): { bytes: Buffer; hash: string } {
  const hash = sha256Hex(Buffer.concat([Buffer.from(previous.hash), body, Buffer.from("}")]));
  return { bytes: Buffer.concat([body, Buffer.from(`,"hash":"${hash}"}\n`)]), hash };
}

function scanned(bytes: Buffer, options: ScanOptions) {
  const read = (target: Uint8Array, position: number) => bytes.copy(target, 0, position, position + target.length);
  const lines: { entry: unknown; hash: string; seq: number; durable: number; places: number[]; isCall: boolean }[] = [];
  const scan = scanLedger({ read } as DiskFile, bytes.length, options);
  let step = scan.next();
  for (; !step.done; step = scan.next()) {
    const { entry, hash, seq, durable, startByte, endByte } = step.value;
    lines.push({ entry, hash, seq, durable, places: [startByte, endByte], isCall: step.value instanceof ScannedCall });
  }
  return { lines, end: step.value };
}

/** What a scan says that tells calls from their bytes, which is what one says that parses them. */
function judged(bytes: Buffer): ReturnType<typeof scanned> {
  const told = scanned(bytes, { callLine: new CallLine() });
  const parsed = scanned(bytes, {});
  expect({ ...told, lines: told.lines.map((line) => ({ ...line, isCall: false })) }).toEqual(parsed);
  return told;
}

describe("the line of a call", () => {
  it("is told from its bytes as a parser tells it", () => {
    expect(judged(ledgerWith((body) => Buffer.from(body))).lines.map(({ isCall }) => isCall)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("is judged as a parser judges it, whatever somebody has sealed", () => {
    const bytes = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(...Buffer.from('{}[]",:\\0-.e$')));
    fc.assert(
      fc.property(fc.nat(800), bytes, fc.constantFrom("changed", "inserted", "dropped"), (at, byte, how) => {
        judged(
          ledgerWith((body) => {
            const place = at % body.length;
            const [before, after] = [Buffer.from(body).subarray(0, place), Buffer.from(body).subarray(place)];
            const added = how === "dropped" ? [] : [byte];
            return Buffer.concat([before, Uint8Array.from(added), how === "inserted" ? after : after.subarray(1)]);
          }),
        );
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ["a second member of a name", (body: string) => body.replace('"kind":"event",', '"kind":"event","kind":"log",')],
    ["another order", (body: string) => body.replace('"attempt":1,', "").replace('"seq":2', '"attempt":1,"seq":2')],
    ["white space", (body: string) => body.replace('"payload":', '"payload": ')],
    ["a later attempt", (body: string) => body.replace('"attempt":1', '"attempt":2')],
    ["artifacts", (body: string) => body.replace("{", '{"artifacts":[],')],
    ["an object", (body: string) => body.replace('"n":1', '"n":{"$object":{}}')],
    ["a failure", (body: string) => body.replace('"status":"success"', '"status":"failed"')],
    ["another seq", (body: string) => body.replace('"seq":2', '"seq":3')],
    ["a long step", (body: string) => body.replaceAll('"step":"a"', `"step":"${"a".repeat(200)}"`)],
    ["the end in its inputs", (body: string) => body.replace('"n":1', '"n":{"m":1},"step":"a"},"correlation_id":"x"')],
  ])("with %s is left to a parser", (_, change) => {
    const { lines } = judged(ledgerWith((body) => Buffer.from(change(body))));
    expect(lines[1]?.isCall ?? false).toBe(false);
  });
});
