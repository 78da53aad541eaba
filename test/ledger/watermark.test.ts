import { createHash } from "node:crypto";
import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { readWatermark } from "../../src/ledger/watermark.ts";
import { givenFolder, log } from "./given.ts";

const given = givenFolder();
const slots = () => {
  const bytes = fs.readFileSync(given.run.watermark);
  expect(bytes.length).toBe(1024);
  return [bytes.subarray(0, 512), bytes.subarray(512)];
};
const counters = () => slots().map((slot) => Number(slot.toString().split(" ")[1]));
const watermark = () => readWatermark(nodeDisk, given.run.watermark);

/** Overwrites bytes of a slot. */
function spoil(slot: number, at: number, text: string): void {
  const bytes = fs.readFileSync(given.run.watermark);
  bytes.write(text, slot * 512 + at, "latin1");
  fs.writeFileSync(given.run.watermark, bytes);
}

describe("the watermark", () => {
  it("is two slots of 512 bytes, each with a checksum of all before it", async () => {
    await given.write(2);
    for (const slot of slots()) {
      const text = slot.toString("latin1");
      const match = /^(rlw1 \d+ \d+ \d+ [0-9a-f]{64} \S+ )([0-9a-f]{16}) *\n$/.exec(text);
      expect(match?.[2]).toBe(
        createHash("sha256")
          .update(match?.[1] ?? "")
          .digest("hex")
          .slice(0, 16),
      );
    }
  });

  it("says after every acknowledged append where the ledger ends", async () => {
    await given.create();
    const { ledger } = given.open();
    for (let n = 0; n < 3; n += 1) {
      const { seq, hash } = await ledger.append(log(`${n}`));
      expect(watermark()).toMatchObject({ head: { seq, hash }, lengthBytes: given.bytes().length });
    }
    await ledger.close();
  });

  it("is written in turn, so that a torn write spoils only one slot", async () => {
    await given.create();
    const { ledger } = given.open();
    const seen: number[][] = [];
    for (let n = 0; n < 4; n += 1) {
      await ledger.append(log(`${n}`));
      seen.push(counters());
    }
    await ledger.close();
    for (const pair of seen) expect(Math.abs((pair[0] ?? 0) - (pair[1] ?? 0))).toBe(1);
    const greatest = seen.map((pair) => Math.max(...pair));
    expect(greatest).toEqual(greatest.map((_, index) => (greatest[0] ?? 0) + index));
  });

  it.each([0, 1])("is read from the other slot if slot %i is spoiled", async (slot) => {
    await given.write(3);
    const whole = counters();
    spoil(slot, 5, "9");
    const other = slots()[1 - slot]?.toString().split(" ");
    expect(whole).toContain(Number(other?.[1]));
    expect(watermark()?.head.seq).toBe(Number(other?.[2]));
    const { ledger } = given.open();
    await ledger.append(log("goes on"));
    expect(watermark()?.head.seq).toBe(5);
    await ledger.close();
    expect(given.read()).toHaveLength(5);
  });

  it.each([
    { what: "neither slot is valid", apply: () => void [0, 1].map((slot) => spoil(slot, 30, "#")) },
    { what: "it is empty", apply: () => fs.truncateSync(given.run.watermark) },
    { what: "it is too short", apply: () => fs.truncateSync(given.run.watermark, 511) },
  ])("is damage if $what", async ({ apply }) => {
    await given.write(1);
    apply();
    const damage = expect.objectContaining({ code: "LEDGER_DAMAGED", message: expect.stringContaining("watermark") });
    const bytes = given.bytes();
    expect(() => given.open()).toThrow(damage);
    expect(() => given.read()).toThrow(damage);
    expect(given.bytes()).toEqual(bytes);
  });

  it("is made anew if it is not there", async () => {
    await given.write(3);
    fs.unlinkSync(given.run.watermark);
    const { ledger } = given.open();
    expect(watermark()).toMatchObject({ head: { seq: 4 }, lengthBytes: given.bytes().length });
    await ledger.close();
  });

  it.each([
    ["EACCES", "PERMISSION"],
    ["EIO", "READ_FAILED"],
    ["EISDIR", "READ_FAILED"],
  ])("stops everything if it cannot be read: %s", async (code, refusal) => {
    await given.write(3);
    const disk = {
      ...nodeDisk,
      readFile: (path: string) => {
        if (path === given.run.watermark) throw Object.assign(new Error(code), { code });
        return nodeDisk.readFile(path);
      },
    };
    const before = given.bytes();
    fs.truncateSync(given.run.ledger, before.length - 10);
    expect(() => given.open({ disk })).toThrow(expect.objectContaining({ code: refusal }));
    expect(given.torn()).toEqual([]);
    expect(given.bytes().length).toBe(before.length - 10);
  });
});
