import fs from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DiskFile } from "../../src/durable/disk.ts";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { bytesOf, readLines } from "../../src/ledger/lines.ts";
import { givenFolder } from "./given.ts";

const given = givenFolder();

/** An open file of these bytes, which gives at most so many at a time. */
function fileOf(bytes: Uint8Array, mostAtATime = Number.POSITIVE_INFINITY): DiskFile {
  const read = (target: Uint8Array, position: number) => {
    const part = bytes.subarray(position, position + Math.min(target.length, mostAtATime));
    target.set(part);
    return part.length;
  };
  return { read } as DiskFile;
}

describe("the lines of a file", () => {
  it("are what lies between its LFs, however small the pieces in which it is read", () => {
    const byte = fc.constantFrom(0x0a, 0x0a, 0x61, 0x00, 0xff);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.array(byte, { maxLength: 60 }),
        fc.integer({ min: 1, max: 7 }),
        (some, more, most) => {
          const bytes = Buffer.concat([some, Uint8Array.from(more)]);
          const lines = [...readLines(fileOf(bytes, most), bytes.length)].map(({ start, end, terminated }) => ({
            text: bytes.subarray(start, end).toString("latin1"),
            terminated,
          }));
          const whole = bytes.toString("latin1").split(/(?<=\n)/);
          const expected = whole.filter((text) => text !== "");
          expect(lines).toEqual(expected.map((text) => ({ text, terminated: text.endsWith("\n") })));
        },
      ),
    );
  });

  it("end where they are asked to, also while the file grows", () => {
    const bytes = Buffer.from("one\ntwo\nthree\n");
    const lines = [...readLines(fileOf(bytes), 6)];
    expect(lines.map(({ start, end, terminated }) => [start, end, terminated])).toEqual([
      [0, 4, true],
      [4, 6, false],
    ]);
  });

  it.each([262_143, 262_144, 262_145, 1_048_576, 3_000_000])("of %i bytes keep their place and end", (size) => {
    const bytes = Buffer.concat([Buffer.from("first\n"), Buffer.alloc(size - 1, "x"), Buffer.from("\nlast\n")]);
    const lines = [...readLines(fileOf(bytes, 65_536), bytes.length)].map((line) => ({
      bytes: bytesOf(line).length,
      start: line.start,
      end: line.end,
      terminated: line.terminated,
      tooLong: line.tooLong,
    }));
    const tooLong = size > 262_144;
    expect(lines).toEqual([
      { bytes: 5, start: 0, end: 6, terminated: true, tooLong: false },
      { bytes: tooLong ? 75 : size - 1, start: 6, end: 6 + size, terminated: true, tooLong },
      { bytes: 4, start: 6 + size, end: 11 + size, terminated: true, tooLong: false },
    ]);
  });

  it("need no more memory for a line of 400 MB", () => {
    const ledger = given.run.ledger;
    fs.writeFileSync(ledger, "first\n");
    fs.truncateSync(ledger, 400_000_000);
    const file = nodeDisk.open(ledger, "read");
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (const line of readLines(file, 400_000_000)) {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      expect(line.end).toBe(line.start === 0 ? 6 : 400_000_000);
    }
    file.close();
    expect(most).toBeLessThan(20_000_000);
  });
});
