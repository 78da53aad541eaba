import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { sealLine } from "../../src/ledger/line.ts";
import { inspectEntries } from "../../src/ledger/read.ts";
import { givenFolder, log, watchedDisk } from "./given.ts";

const given = givenFolder();

/** A ledger of four entries; `tail` was written behind them and never acknowledged. */
async function givenTail(tail: Uint8Array): Promise<Buffer> {
  await given.write(3);
  const whole = given.bytes();
  fs.appendFileSync(given.run.ledger, tail);
  return whole;
}

/** A whole line that follows the last of four entries. */
function nextLine(message: string): Uint8Array {
  const previous = given.read().at(-1);
  const place = { seq: 5, at: "2026-11-21T07:00:00.000Z", durable: 4 };
  return sealLine(log(message), place, { seq: 4, hash: previous?.hash ?? "" }).bytes;
}

const tails = [
  { what: "one byte", tail: Buffer.from("{") },
  { what: "a NUL", tail: Buffer.alloc(1) },
  { what: "a page of NULs", tail: Buffer.alloc(4096) },
  { what: "a mebibyte of NULs", tail: Buffer.alloc(1 << 20) },
  { what: "garbage without LF", tail: Buffer.from("garbage") },
  { what: "garbage with LF", tail: Buffer.from("garbage\n") },
  { what: "an empty line", tail: Buffer.from("\n") },
  { what: "a mebibyte without LF", tail: Buffer.alloc(1 << 20, "x") },
  { what: "a line that is too long", tail: Buffer.from(`${"x".repeat(262_200)}\n`) },
  { what: "JSON without a hash", tail: Buffer.from('{"kind":"log","seq":5}\n') },
  { what: "garbage between lines of garbage", tail: Buffer.from("a\n\0\0\nb\n") },
  { what: "bytes that are no UTF-8", tail: Buffer.from([0xff, 0xfe, 0x0a]) },
];

describe("a tail that was never acknowledged", () => {
  it.each(tails)("is cut and kept beside the ledger: $what", async ({ tail }) => {
    const whole = await givenTail(tail);
    const { entries, recovered, ledger } = given.open();
    expect(entries).toHaveLength(4);
    expect(given.bytes()).toEqual(whole);
    expect(recovered).toMatchObject({ cutBytes: tail.length });
    expect(fs.readFileSync(recovered?.file ?? "")).toEqual(tail);
    expect(given.torn()).toHaveLength(1);
    await ledger.append(log("goes on"));
    await ledger.close();
    expect(given.open()).toMatchObject({ recovered: undefined, entries: { length: 5 } });
  });

  it.each(tails)("is left out by a reader, who changes nothing: $what", async ({ tail }) => {
    await givenTail(tail);
    const before = given.bytes();
    const files = fs.readdirSync(given.run.directory);
    const read = inspectEntries(nodeDisk, given.run);
    let step = read.next();
    let count = 0;
    for (; !step.done; step = read.next()) count += 1;
    expect(count).toBe(4);
    expect(step.value).toMatchObject({ damage: undefined, scan: { fileBytes: before.length } });
    expect(step.value.scan.broken).toBeDefined();
    expect(given.bytes()).toEqual(before);
    expect(fs.readdirSync(given.run.directory)).toEqual(files);
  });

  it("is cut wherever the write of a line was torn", async () => {
    await given.write(3);
    const whole = given.bytes();
    const line = nextLine("torn");
    for (let length = 1; length < line.length; length += 7) {
      fs.writeFileSync(given.run.ledger, Buffer.concat([whole, line.subarray(0, length)]));
      const { recovered, entries, ledger } = given.open();
      await ledger.close();
      expect({ cut: recovered?.cutBytes, entries: entries.length }, `torn after ${length}`).toEqual({
        cut: length,
        entries: 4,
      });
    }
    expect(given.bytes()).toEqual(whole);
  });

  it("is an entry if it is whole, and acknowledged by the opening", async () => {
    await given.write(3);
    fs.appendFileSync(given.run.ledger, nextLine("whole"));
    const { entries, recovered, ledger } = given.open();
    expect(entries.at(-1)).toMatchObject({ seq: 5, message: "whole" });
    expect(recovered).toBeUndefined();
    await ledger.close();
    fs.truncateSync(given.run.ledger, given.bytes().length - 1);
    expect(() => given.open()).toThrow(expect.objectContaining({ code: "LEDGER_DAMAGED" }));
  });
});

describe("whole lines beyond the watermark", () => {
  const thisBoot = "11111111-2222-3333-4444-555555555555";
  const boots = [
    { what: "of this boot are written again", bootId: thisBoot, rewritten: true },
    { what: "of another boot are not", bootId: "99999999-2222-3333-4444-555555555555", rewritten: false },
    { what: "are written again where the boot is unknown", bootId: "unknown", rewritten: true },
  ];

  it.each(boots)("$what", async ({ bootId, rewritten }) => {
    await given.write(3);
    const start = given.bytes().length;
    const line = nextLine("never acknowledged");
    fs.appendFileSync(given.run.ledger, line);
    expect(await rewritesOf(bootId)).toEqual(rewritten ? [[start, line.length, "synced"]] : []);
    expect(await rewritesOf(bootId)).toEqual([]);
  });

  it("are written again from what later entries call durable on, if there is no watermark", async () => {
    await given.write(3);
    const [, , , last] = given.bytes().toString().split("\n");
    fs.unlinkSync(given.run.watermark);
    const rewritten = [[given.bytes().length - (last?.length ?? 0) - 1, (last?.length ?? 0) + 1, "synced"]];
    expect(await rewritesOf(thisBoot)).toEqual(rewritten);
  });

  /** Position and length of what an opening writes into the ledger before any append. */
  async function rewritesOf(bootId: string): Promise<[unknown, number, string][]> {
    const rewrites: [unknown, number, string][] = [];
    const disk = watchedDisk(({ name, file, args }) => {
      if (file !== "ledger.ndjson") return;
      const [bytes, position] = args as [Uint8Array, number];
      if (name === "write") rewrites.push([position, bytes.length, ""]);
      const last = rewrites.at(-1);
      if (name === "datasync" && last !== undefined) last[2] = "synced";
    });
    const before = given.bytes();
    const { ledger } = given.open({ disk, bootId });
    expect(given.bytes()).toEqual(before);
    const seen = structuredClone(rewrites);
    await ledger.close();
    return seen;
  }
});

describe("damage below the floor", () => {
  const damages = [
    { what: "a line is gone", apply: (lines: string[]) => lines.toSpliced(2, 1), line: 3 },
    { what: "two lines are swapped", apply: ([a, b, c, d, ...rest]: string[]) => [a, c, b, d, ...rest], line: 2 },
    { what: "a line is there twice", apply: (lines: string[]) => lines.toSpliced(2, 0, lines[1] ?? ""), line: 3 },
    { what: "the last line is gone", apply: (lines: string[]) => lines.toSpliced(-2, 1), line: 6 },
    { what: "everything is gone", apply: () => [""], line: 1 },
  ];

  it.each(damages)("is refused naming line and byte, and the file is left as it is: $what", async ({ apply, line }) => {
    await given.write(5);
    const lines = given.bytes().toString().split("\n");
    const damaged = apply(lines).join("\n");
    fs.writeFileSync(given.run.ledger, damaged);
    const byte = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    expectRefused(line, byte);
  });

  it("is refused for a flipped byte in every line", async () => {
    await given.write(5);
    const whole = given.bytes();
    const lines = whole.toString().split("\n").slice(0, -1);
    let start = 0;
    for (const [index, line] of lines.entries()) {
      for (const at of [0, 30, line.length - 70, line.length - 1, line.length]) {
        const damaged = Buffer.from(whole);
        damaged[start + at] = (damaged[start + at] ?? 0) ^ 1;
        fs.writeFileSync(given.run.ledger, damaged);
        expectRefused(index + 1, start);
      }
      start += line.length + 1;
    }
  });

  it("is refused also without a watermark, as far as later entries prove it", async () => {
    await given.write(5);
    fs.unlinkSync(given.run.watermark);
    const bytes = given.bytes();
    const second = bytes.indexOf("\n") + 1;
    bytes[second + 30] = 0x21;
    fs.writeFileSync(given.run.ledger, bytes);
    expectRefused(2, second);
  });

  function expectRefused(line: number, byte: number): void {
    const before = given.bytes();
    const damage = expect.objectContaining({
      code: "LEDGER_DAMAGED",
      exitStatus: 65,
      message: expect.stringContaining(`line ${line}, byte ${byte}`),
      details: expect.objectContaining({ line, byte }),
    });
    expect(() => given.open()).toThrow(damage);
    expect(() => given.read()).toThrow(damage);
    expect(given.bytes()).toEqual(before);
    expect(given.torn()).toEqual([]);
  }
});
