import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { readWatermark } from "../../src/ledger/watermark.ts";
import { blocksOf, readText } from "./documents.ts";

const slot =
  blocksOf(readText("docs/vectors.md"))
    .find(({ text }) => text.startsWith("rlw1 "))
    ?.text.trimEnd() ?? "";
const { ledger } = JSON.parse(readText("test/vectors/vectors.json"));

it("the slot in docs/vectors.md is one that a reader takes, and says what the golden ledger says", () => {
  expect(readSlot(slot)).toMatchObject({ head: { seq: ledger.entries, hash: ledger.head }, lengthBytes: ledger.bytes });
});

it("the slot is not taken if its checksum leaves out the space in front of it", () => {
  const changed = slot.replace(/ (\w{16})$/, "  $1");
  expect(() => readSlot(changed)).toThrow(/neither of its two slots is valid/);
});

function readSlot(text: string) {
  const folder = mkdtempSync(path.join(tmpdir(), "runledger-slot-"));
  try {
    const file = path.join(folder, "watermark");
    writeFileSync(file, `${" ".repeat(512)}${text.padEnd(511)}\n`);
    return readWatermark(nodeDisk, file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
