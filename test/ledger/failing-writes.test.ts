import fs from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import type { Ledger } from "../../src/ledger/port.ts";
import { record } from "../faults/given-ledger.ts";
import type { Fault } from "../simulated/faults.ts";
import { givenRunFolder, RunFolder, refusalOf, rejectionOf, turn } from "./run-folder.ts";
import type { WatchedCall } from "./watched-disk.ts";

const given = givenRunFolder();
let ledger: Ledger;
beforeEach(async () => {
  await given.run.withEntries(2);
  ({ ledger } = given.run.open());
});

type File = "ledger" | "watermark";

/** From now on, the calls `name` on this file fail. */
function failing(name: WatchedCall["name"], file: File, fault: Fault): void {
  given.run.before = (call) => (call.name === name && call.path === given.run.layout[file] ? fault : undefined);
}

const effects = ["lost", "torn", "kept"] as const;
const calls = [
  { name: "file.write", file: "ledger" },
  { name: "file.datasync", file: "ledger" },
  { name: "file.write", file: "watermark" },
] as const;
const cases = calls.flatMap((call) =>
  ["EIO", "ENOSPC"].flatMap((errno) => effects.map((effect) => ({ ...call, errno, effect }))),
);

describe.each(cases)("a $name of the $file that fails with $errno and is $effect", ({ name, file, errno, effect }) => {
  it("fails all that wait alike, and nothing more is appended on this handle", async () => {
    failing(name, file, { errno, effect });
    const waiting = [1, 2, 3].map((index) => rejectionOf(ledger.append(record(index))));
    const [error, ...others] = await Promise.all(waiting);
    expect(others).toEqual([error, error]);
    expect(error).toMatchObject({ code: "WRITE_FAILED", exitStatus: 74, details: { errno } });
    expect(error?.message).toContain(`${given.run.layout.ledger}: could not be written (${errno})`);
    given.run.before = () => undefined;
    const left = given.run.contents();
    const refused = await rejectionOf(ledger.append(record(4)));
    expect(refused).toMatchObject({ code: "WRITER_POISONED", exitStatus: 74, cause: error });
    expect(refusalOf(() => ledger.post(record(5))).code).toBe("WRITER_POISONED");
    expect(await rejectionOf(ledger.settle())).toBe(error);
    expect(await rejectionOf(ledger.close())).toBe(error);
    expect(given.run.contents()).toEqual(left);
    expect(given.run.clock.pending).toBe(0);
  });

  it("is recovered from by opening again: what was acknowledged is there, and no seq is given twice", async () => {
    failing(name, file, { errno, effect });
    await Promise.all([1, 2].map((index) => rejectionOf(ledger.append(record(index)))));
    await rejectionOf(ledger.close());
    given.run.before = () => undefined;
    const reopened = given.run.open();
    expect(reopened.entries.slice(0, 2).map(({ seq }) => seq)).toEqual([1, 2]);
    await reopened.ledger.append(record(9));
    await reopened.ledger.close();
    const entries = given.run.read();
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    expect(entries.at(-1)).toMatchObject({ message: "J9" });
  });
});

describe("a failing write", () => {
  it("of a posted entry is told to the one who posts it, and to all who wait", async () => {
    failing("file.write", "ledger", { errno: "EIO", effect: "lost" });
    const waiting = rejectionOf(ledger.append(record(1)));
    const error = refusalOf(() => ledger.post(record(2)));
    expect(error.code).toBe("WRITE_FAILED");
    expect(await waiting).toBe(error);
  });

  it("poisons the writer also when nobody waits: of a sync 25 ms after a posted entry", async () => {
    failing("file.datasync", "ledger", { errno: "EIO", effect: "lost" });
    ledger.post(record(1));
    given.run.clock.pass(25);
    await turn();
    given.run.before = () => undefined;
    expect((await rejectionOf(ledger.append(record(2)))).code).toBe("WRITER_POISONED");
    expect((await rejectionOf(ledger.close())).code).toBe("WRITE_FAILED");
  });

  it("in the background fails also what was queued behind it, and is never tried again", async () => {
    given.run.before = ({ name }) => {
      if (name === "file.datasync") given.run.clock.pass(5);
      return undefined;
    };
    await ledger.append(record(1));
    failing("file.datasync", "ledger", { errno: "EIO", effect: "lost" });
    given.run.beforeBackgroundSync = turn;
    const waiting = [rejectionOf(ledger.append(record(2)))];
    await turn();
    waiting.push(rejectionOf(ledger.append(record(3))), rejectionOf(ledger.append(record(4))));
    const [error, ...others] = await Promise.all(waiting);
    expect(others).toEqual([error, error]);
    const syncs = given.run.callsOf("file.datasync").length;
    await rejectionOf(ledger.close());
    expect(given.run.callsOf("file.datasync")).toHaveLength(syncs);
  });

  it("of the watermark's sync fails the settling, and with it the closing", async () => {
    await ledger.append(record(1));
    failing("file.datasync", "watermark", { errno: "EIO", effect: "lost" });
    const error = await rejectionOf(ledger.settle());
    expect(error.code).toBe("WRITE_FAILED");
    expect(await rejectionOf(ledger.close())).toBe(error);
  });

  it("says of a full disk that space has to be freed, and of a broken one that it has to be mended", async () => {
    failing("file.write", "ledger", { errno: "ENOSPC", effect: "torn" });
    expect((await rejectionOf(ledger.append(record(1)))).hint).toBe("Free some space, then resume the run.");
    given.run.before = () => undefined;
    const second = given.run.open().ledger;
    failing("file.datasync", "ledger", { errno: "EIO", effect: "lost" });
    expect((await rejectionOf(second.append(record(1)))).hint).toBe("Mend the disk, then resume the run.");
  });
});

describe("a ledger that cannot be created or opened", () => {
  it.each(["EIO", "ENOSPC"])("because its first entry cannot be written (%s) is no run", async (errno) => {
    const run = new RunFolder();
    try {
      run.before = ({ name, path }) =>
        name === "file.write" && path === run.layout.ledger ? { errno, effect: "torn" } : undefined;
      expect((await rejectionOf(run.create())).code).toBe("WRITE_FAILED");
      run.before = () => undefined;
      expect(refusalOf(() => run.open()).code).toBe("RUN_NOT_FOUND");
    } finally {
      run.remove();
    }
  });

  it("leaves no file open, whichever of its calls fails", async () => {
    await ledger.close();
    fs.appendFileSync(given.run.layout.ledger, "a torn tail");
    const openFiles = () => fs.readdirSync("/proc/self/fd").length;
    const before = openFiles();
    const torn = fs.readFileSync(given.run.layout.ledger);
    let failed = 0;
    for (let nth = 1; ; nth++) {
      fs.writeFileSync(given.run.layout.ledger, torn);
      let count = 0;
      given.run.before = () => (++count === nth ? { errno: "EIO", effect: "lost" } : undefined);
      try {
        await given.run.open().ledger.close();
        break;
      } catch {
        failed += 1;
        expect(openFiles(), `after call ${nth} failed`).toBe(before);
      }
    }
    expect(failed).toBeGreaterThan(10);
    expect(openFiles()).toBe(before);
  });
});
