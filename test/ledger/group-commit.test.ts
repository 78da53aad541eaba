import { beforeEach, describe, expect, it } from "vitest";
import { nodeDisk } from "../../src/durable/node-disk.ts";
import type { Ledger } from "../../src/ledger/port.ts";
import { readWatermark } from "../../src/ledger/watermark.ts";
import { record } from "../faults/given-ledger.ts";
import { givenRunFolder, rejectionOf, turn } from "./run-folder.ts";

const given = givenRunFolder();
let ledger: Ledger;
beforeEach(async () => {
  await given.run.create();
  ({ ledger } = given.run.open());
  given.run.calls.length = 0;
  given.run.durable.length = 0;
});

const syncs = () => given.run.callsOf("file.datasync").length;
const appendMany = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => ledger.append(record(index))));

describe("appends of one turn", () => {
  it("share one write and one fdatasync: 100 of them", async () => {
    const entries = await appendMany(100);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 2));
    expect({ writes: given.run.callsOf("file.write").length, syncs: syncs() }).toEqual({ writes: 1, syncs: 1 });
    expect(given.run.read()).toHaveLength(101);
  });

  it("are each acknowledged only after the sync, and after the watermark says so", async () => {
    const acknowledged: string[] = [];
    given.run.before = ({ name, path }) => {
      if (name.startsWith("file."))
        acknowledged.push(`${name} ${path === given.run.layout.watermark ? "watermark" : "ledger"}`);
      return undefined;
    };
    const all = [1, 2, 3].map((index) =>
      ledger.append(record(index)).then(({ seq }) => acknowledged.push(`entry ${seq}`)),
    );
    expect(acknowledged).toEqual([]);
    await Promise.all(all);
    expect(acknowledged).toEqual([
      "file.write ledger",
      "file.datasync ledger",
      "file.write watermark",
      "entry 2",
      "entry 3",
      "entry 4",
    ]);
  });

  it("say which entry was the last known to be durable when they came", async () => {
    const first = await appendMany(3);
    const second = await appendMany(2);
    expect([...first, ...second].map(({ durable }) => durable)).toEqual([1, 1, 1, 4, 4]);
  });

  it("are told to the observer in the order of seq, before their promises are kept", async () => {
    const seen = await ledger.append(record(1)).then(() => given.run.durable.map(({ seq }) => seq));
    expect(seen).toEqual([2]);
    ledger.post(record(2));
    await appendMany(2);
    expect(given.run.durable.map(({ seq }) => seq)).toEqual([2, 3, 4, 5]);
  });
});

describe("an append that is alone", () => {
  it("is synced at once, within the turn that the one before has begun", async () => {
    await ledger.append(record(1), { inFlight: 1 });
    const second = ledger.append(record(2), { inFlight: 1 });
    expect(syncs()).toBe(2);
    expect((await second).durable).toBe(2);
  });

  it("takes along what was queued before it", async () => {
    await ledger.append(record(1), { inFlight: 1 });
    const others = appendMany(5);
    const last = await ledger.append(record(7), { inFlight: 1 });
    expect([last.seq, syncs()]).toEqual([8, 2]);
    await others;
    await turn();
    expect(syncs()).toBe(2);
  });

  it("waits for a turn of the event loop when the last one is 10 ms old, so that timers and signals get theirs", async () => {
    await ledger.append(record(1), { inFlight: 1 });
    given.run.clock.pass(9);
    await ledger.append(record(2), { inFlight: 1 });
    given.run.clock.pass(1);
    const third = ledger.append(record(3), { inFlight: 1 });
    expect(syncs()).toBe(2);
    await third;
    expect(syncs()).toBe(3);
  });
});

describe("slow syncs", () => {
  let inBackground = 0;
  let release = () => {};
  let syncMs = 5;
  beforeEach(async () => {
    inBackground = 0;
    syncMs = 5;
    given.run.before = ({ name }) => {
      if (name === "file.datasync") given.run.clock.pass(syncMs);
      return undefined;
    };
    await ledger.append(record(1));
    given.run.beforeBackgroundSync = () => {
      inBackground += 1;
      const { promise, resolve } = Promise.withResolvers<void>();
      release = resolve;
      return promise;
    };
  });

  it("are done in the background, and what comes meanwhile shares the next one", async () => {
    const order: string[] = [];
    const first = ledger.append(record(2), { inFlight: 1 }).then(() => order.push("first"));
    await turn();
    expect([inBackground, syncs()]).toEqual([1, 1]);
    const others = Array.from({ length: 50 }, (_, index) =>
      ledger.append(record(index), { inFlight: 1 + (index % 2) }),
    );
    ledger.post(record(60));
    const all = Promise.all(others).then(() => order.push("others"));
    await turn();
    expect([order, inBackground]).toEqual([[], 1]);
    release();
    await first;
    expect(readWatermark(nodeDisk, given.run.layout.watermark)?.head.seq).toBe(3);
    await turn();
    expect([order, inBackground]).toEqual([["first"], 2]);
    release();
    await all;
    expect([order, inBackground, syncs()]).toEqual([["first", "others"], 2, 3]);
    expect(given.run.durable.map(({ seq }) => seq)).toEqual(Array.from({ length: 53 }, (_, index) => index + 2));
  });

  it("are waited for by settle and close, which take along what came meanwhile", async () => {
    given.run.beforeBackgroundSync = turn;
    const first = ledger.append(record(2));
    await turn();
    const second = ledger.append(record(3));
    await ledger.close();
    expect([(await first).seq, (await second).seq]).toEqual([3, 4]);
    expect(given.run.read()).toHaveLength(4);
  });

  it("stay in the background as long as they are waited for", async () => {
    given.run.beforeBackgroundSync = async () => void inBackground++;
    for (let index = 2; index < 12; index++) await ledger.append(record(index), { inFlight: 1 });
    expect({ inBackground, syncs: syncs() }).toEqual({ inBackground: 10, syncs: 11 });
  });

  it("are done in place again once most of the last ones were short", async () => {
    syncMs = 0;
    given.run.beforeBackgroundSync = async () => void inBackground++;
    for (let index = 2; index < 5; index++) await ledger.append(record(index));
    const before = inBackground;
    await ledger.append(record(5));
    expect({ before, after: inBackground }).toEqual({ before: 2, after: 2 });
  });
});

describe("a posted entry", () => {
  it("is handed to the system at once and is durable 25 ms later, without anybody waiting for it", async () => {
    const entry = ledger.post(record(1));
    expect(given.run.read().at(-1)).toEqual(entry);
    given.run.clock.pass(24);
    await turn();
    expect([syncs(), given.run.durable]).toEqual([0, []]);
    given.run.clock.pass(1);
    await turn();
    expect([syncs(), given.run.durable]).toEqual([1, [entry]]);
  });

  it("is durable with the next append, and needs no sync of its own then", async () => {
    ledger.post(record(1));
    ledger.post(record(2));
    await ledger.append(record(3));
    expect([syncs(), given.run.clock.pending]).toEqual([1, 0]);
    given.run.clock.pass(100);
    await turn();
    expect(syncs()).toBe(1);
  });

  it("keeps its place among appends that wait", async () => {
    const before = ledger.append(record(1));
    ledger.post(record(2));
    const after = ledger.append(record(3));
    expect([(await before).seq, (await after).seq]).toEqual([2, 4]);
    expect(given.run.read().map((entry) => "message" in entry && entry.message)).toEqual([false, "J1", "J2", "J3"]);
  });
});

describe("the watermark", () => {
  const watermarkSyncs = () => given.run.callsOf("file.datasync", given.run.layout.watermark).length;

  it("is synced once a second while entries come, and not more often", async () => {
    for (const ms of [0, 999, 1, 500, 499, 1]) {
      given.run.clock.pass(ms);
      await ledger.append(record(1));
    }
    expect(watermarkSyncs()).toBe(2);
  });

  it("is synced when the ledger settles, after which nothing is on its way to the disk", async () => {
    ledger.post(record(1));
    await ledger.settle();
    expect([syncs(), watermarkSyncs()]).toEqual([1, 1]);
    expect(given.run.calls.at(-1)).toMatchObject({ name: "file.datasync", path: given.run.layout.watermark });
  });
});

describe("a closed ledger", () => {
  it("is settled, refuses further entries and leaves no timer behind", async () => {
    ledger.post(record(1));
    await ledger.close();
    expect(given.run.read()).toHaveLength(2);
    expect((await rejectionOf(ledger.append(record(2)))).code).toBe("WRITER_CLOSED");
    expect(() => ledger.post(record(2))).toThrow("the ledger was closed");
    expect(given.run.clock.pending).toBe(0);
    expect(given.run.read()).toHaveLength(2);
  });

  it("rejects what comes while it is closed, or has it on the disk", async () => {
    for (let hops = 0; hops < 12; hops += 1) {
      const { ledger: other } = hops === 0 ? { ledger } : given.run.open();
      const late = other.append(record(1)).then(async () => {
        for (let hop = 0; hop < hops; hop += 1) await undefined;
        return other.append(record(2)).then(
          ({ seq }) => seq,
          (error: { code: string }) => error.code,
        );
      });
      await other.close();
      const answer = await late;
      if (answer !== "WRITER_CLOSED") expect(given.run.read().at(-1)?.seq).toBe(answer);
      await other.close().catch(() => {});
    }
  });
});
