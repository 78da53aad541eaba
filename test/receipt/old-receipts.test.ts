import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DiskFile } from "../../src/durable/disk.ts";
import { OldReceipts } from "../../src/receipt/old-receipts.ts";

/** An open file of these bytes, which gives at most so many at a time. */
function fileOf(bytes: Buffer, mostAtATime: number): DiskFile {
  const read = (target: Uint8Array, position: number) =>
    bytes.copy(target, 0, position, position + Math.min(target.length, mostAtATime));
  return { read, stat: () => ({ sizeBytes: bytes.length }), close: () => {} } as unknown as DiskFile;
}

const lineLengths = fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 600 });

describe("receipts of an earlier life", () => {
  it("are recognised line by line as far as they agree, however much is read at a time", () => {
    fc.assert(
      fc.property(lineLengths, fc.integer({ min: 1_000, max: 3_000_000 }), fc.nat(), (lengths, most, wrong) => {
        const lines = lengths.map((length, index) => Buffer.from(`${String(index).padEnd(length, "x")}\n`));
        const old = new OldReceipts(fileOf(Buffer.concat(lines), most));
        const differing = wrong % lines.length;
        lines.forEach((line, index) => {
          if (index > differing) return;
          const agreed = old.agreedBytes;
          const other = Buffer.from(line);
          other[line.length - 1] = 0x20;
          if (index === differing) expect(old.areLine(other)).toBe(false);
          expect(old.agreedBytes).toBe(agreed);
          const isThere = (view: DataView, start: number) =>
            view.getUint8(start + line.length - 1) === 0x0a ? start + line.length : -1;
          expect(index % 2 === 0 ? old.areLine(line) : old.areKnown(6_000, isThere)).toBe(true);
          expect(old.agreedBytes).toBe(agreed + line.length);
        });
      }),
      { numRuns: 30 },
    );
  });

  it("are none behind their end", () => {
    const old = new OldReceipts(fileOf(Buffer.from("one\n"), 10));
    expect(old.areLine(Buffer.from("one\ntwo\n"))).toBe(false);
    expect(old.areLine(Buffer.from("one\n"))).toBe(true);
    expect(old.areLine(Buffer.from("two\n"))).toBe(false);
    expect(old.areKnown(100, (view, start) => (start < view.byteLength ? start + 1 : -1))).toBe(false);
  });
});
