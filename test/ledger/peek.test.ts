import fs from "node:fs";
import { describe, expect, it } from "vitest";
import type { LedgerRecord } from "../../src/ledger/entry.ts";
import { peekLedger } from "../../src/ledger/peek.ts";
import { runId } from "../faults/given-ledger.ts";
import { givenRunFolder } from "./run-folder.ts";

const given = givenRunFolder();
const peek = () => peekLedger(given.run.disk, given.run.layout.ledger);

describe("a look at a ledger", () => {
  it("finds its first and its last entry, which may be the same", async () => {
    await given.run.create();
    expect(peek()).toMatchObject({ first: { event: "run.started", payload: { run_id: runId } }, last: { seq: 1 } });
  });

  it("finds the last entry also if it is as long as a line may be, behind others as long", async () => {
    await given.run.create();
    const { ledger } = given.run.open();
    const empty: LedgerRecord = { kind: "log", level: "info", message: "", timestamp: "2026-11-21T07:00:00.000Z" };
    const before = fs.statSync(given.run.layout.ledger).size;
    ledger.post(empty);
    const overhead = fs.statSync(given.run.layout.ledger).size - before;
    for (const letter of ["é", "z"]) ledger.post({ ...empty, message: fill(letter, 262_144 - overhead) });
    await ledger.close();
    const { last } = peek() ?? {};
    expect(last).toEqual(given.run.read().at(-1));
    expect(last).toMatchObject({ seq: 4, message: expect.stringMatching(/^z+$/) });
  });

  it("finds no last entry where the ledger does not end with a whole line", async () => {
    await given.run.withEntries(3);
    for (const tail of ["{", "\0\0", "garbage\n", '{"seq":4']) {
      const whole = fs.readFileSync(given.run.layout.ledger);
      fs.appendFileSync(given.run.layout.ledger, tail);
      expect(peek(), JSON.stringify(tail)).toMatchObject({ first: { seq: 1 }, last: undefined });
      fs.writeFileSync(given.run.layout.ledger, whole);
    }
  });

  it.each(["", "\n", "\0", "null\n", "[]\n", "7\n", '{"kind":"log"}\n', '{"kind":"event","event":"run.started"}\n'])(
    "finds no run where the first line is %j",
    (content) => {
      fs.writeFileSync(given.run.layout.ledger, content);
      expect(peek()).toBeUndefined();
    },
  );

  it("finds no run where there is no ledger, and changes nothing wherever it looks", async () => {
    expect(peek()).toBeUndefined();
    await given.run.withEntries(3);
    const before = given.run.contents();
    given.run.calls.length = 0;
    peek();
    expect(given.run.calls).toMatchObject([{ name: "open", mode: "read" }]);
    expect(given.run.contents()).toEqual(before);
  });
});

/** Letters that come to so many bytes. */
function fill(letter: string, sizeBytes: number): string {
  const count = Math.floor(sizeBytes / Buffer.byteLength(letter));
  return letter.repeat(count) + "x".repeat(sizeBytes - count * Buffer.byteLength(letter));
}
