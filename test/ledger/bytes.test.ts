import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import { inspectEntries } from "../../src/ledger/read.ts";
import { givenFolder, log, started } from "./given.ts";

const given = givenFolder();

describe("a line", () => {
  it("is canonical JSON with its hash in the last 75 bytes, chained to the line before", async () => {
    await given.write(5);
    let previous = "0".repeat(64);
    const lines = given.bytes().toString("utf8").split("\n");
    expect(lines.pop()).toBe("");
    for (const [index, line] of lines.entries()) {
      const seal = line.slice(-75);
      const body = `${line.slice(0, -75)}}`;
      const hash = createHash("sha256").update(`${previous}${body}`).digest("hex");
      expect(seal).toBe(`,"hash":"${hash}"}`);
      const { seq, at, durable } = JSON.parse(body);
      expect(Object.keys(JSON.parse(body))).toEqual(Object.keys(JSON.parse(body)).sort());
      expect({ seq, durable: durable < seq }).toEqual({ seq: index + 1, durable: true });
      expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      previous = hash;
    }
  });

  it.each([262_143, 262_144])("of %i bytes with its LF is appended and read back", async (size) => {
    await given.create();
    const { ledger } = given.open();
    const before = given.bytes().length;
    const message = "x".repeat(size - (await overhead(ledger)));
    await ledger.append(log(message));
    await ledger.close();
    const whole = given.bytes().subarray(before);
    expect(whole.length - (whole.indexOf("\n") + 1)).toBe(size);
    expect(given.read().at(-1)).toMatchObject({ message });
    expect(given.open().entries.at(-1)).toMatchObject({ message });
  });

  it("of 262,145 bytes is refused, nothing is written, and the ledger goes on", async () => {
    await given.create();
    const { ledger } = given.open();
    const message = "x".repeat(262_145 - (await overhead(ledger)));
    const before = given.bytes();
    const head = ledger.head;
    const details = { sizeBytes: 262_145, maxLineBytes: 262_144 };
    await expect(ledger.append(log(message))).rejects.toMatchObject({ code: "LINE_TOO_LONG", details });
    expect(() => ledger.post(log(message))).toThrow(expect.objectContaining({ code: "LINE_TOO_LONG" }));
    expect(given.bytes()).toEqual(before);
    expect(ledger.head).toEqual(head);
    await ledger.append(log("next"));
    await ledger.close();
    expect(given.read().map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });
});

/** Bytes of a log's line without its message. The next line has the same number of digits. */
async function overhead(ledger: ReturnType<typeof given.open>["ledger"]): Promise<number> {
  const before = given.bytes().length;
  await ledger.append(log(""));
  return given.bytes().length - before;
}

describe("entry 1", () => {
  it("of a newer format is refused, by readers and by writers", async () => {
    await given.create(started({ format: 2 }));
    const newer = expect.objectContaining({ code: "FORMAT_NEWER", exitStatus: 78 });
    expect(() => given.read()).toThrow(newer);
    expect(() => given.open()).toThrow(newer);
  });

  it("of another run than the folder's is refused", async () => {
    await given.create(started({ run_id: "run-20261121-070000-ffffffff" }));
    const another = expect.objectContaining({ code: "LEDGER_DAMAGED", details: expect.objectContaining({ line: 1 }) });
    expect(() => given.read()).toThrow(another);
    expect(() => given.open()).toThrow(another);
  });

  it("that is no start of a run is refused", async () => {
    await given.create({ ...started(), event: "run.resumed" });
    expect(() => given.open()).toThrow(expect.objectContaining({ code: "LEDGER_DAMAGED" }));
    expect(() => [...inspectEntries(nodeDisk, given.run)]).toThrow(expect.objectContaining({ code: "LEDGER_DAMAGED" }));
  });
});
