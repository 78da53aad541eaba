import fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { Retries } from "../../src/durable/retries.ts";
import { openLedger } from "../../src/ledger/open.ts";
import type { Ledger } from "../../src/ledger/port.ts";
import { takingTurnsFrom as inFlight } from "../../src/ledger/sync-pace.ts";
import { systemRandomness } from "../../src/ports.ts";
import { record } from "../faults/given-ledger.ts";
import type { CallName, Fault } from "../simulated/faults.ts";
import { givenRunFolder, rejectionOf, turn } from "./run-folder.ts";

const half = inFlight / 2;
const given = givenRunFolder();
let ledger: Ledger;
/** Syncs in the background that have been asked for: each begins when it is called. */
let syncing: (() => void)[];
/** The seqs of what became durable, as it was said. */
let durable: number[];

beforeEach(async () => {
  const { run } = given;
  const { disk, clock, store, layout } = run;
  await run.create();
  durable = [];
  const place = { disk, clock, randomness: systemRandomness, store, run: layout, bootId: "boot-1" };
  const retries = new Retries({ clock, randomness: systemRandomness, most: 3, onRetry: () => {} });
  const onDurable = ({ seq }: { readonly seq: number }) => void durable.push(seq);
  ({ ledger } = openLedger(place, () => {}, onDurable, { retries, onCut: () => {} }));
  run.calls.length = 0;
  syncing = [];
  run.beforeBackgroundSync = () => new Promise((resolve) => syncing.push(resolve));
});

const syncs = () => given.run.callsOf("file.datasync").length;
const written = () => given.run.read().length - 1;
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 2);
const many = (count: number = inFlight) =>
  Array.from({ length: count }, (_, index) => ledger.append(record(index), { inFlight: count }));

/** Lets all syncs end, and all pauses between retries, until `all` is settled. */
async function goOnUntil(all: Promise<unknown>): Promise<void> {
  let isSettled = false;
  const settled = () => {
    isSettled = true;
  };
  all.then(settled, settled);
  while (!isSettled) {
    await pause(1);
    syncing.shift()?.();
    given.run.clock.pass(100);
  }
}

describe("50 that are about to append", () => {
  it("take turns: the lines of half of them are synced while the others wait for the next sync", async () => {
    const all = many();
    await turn();
    expect({ written: written(), durable }).toEqual({ written: half, durable: [] });
    syncing.shift()?.();
    await Promise.all(all.slice(0, half));
    expect({ written: written(), durable }).toEqual({ written: inFlight, durable: upTo(half) });
    syncing.shift()?.();
    expect((await Promise.all(all)).map(({ seq }) => seq)).toEqual(upTo(inFlight));
    expect({ syncs: syncs(), left: syncing.length }).toEqual({ syncs: 2, left: 0 });
  });

  it("work while the others' lines are synced: the next sync has begun before those who come first go on", async () => {
    let underWay = 0;
    const goesOn = many()[0]?.then(() => {
      underWay = syncing.length;
    });
    await turn();
    syncing.shift()?.();
    await goesOn;
    expect(underWay).toBe(1);
    syncing.shift()?.();
  });

  it("share one sync, in place, if they are 49", async () => {
    await Promise.all(many(inFlight - 1));
    expect({ syncs: syncs(), inBackground: syncing.length }).toEqual({ syncs: 1, inBackground: 0 });
  });

  it("take no turns any more when fewer append", async () => {
    let inBackground = 0;
    given.run.beforeBackgroundSync = async () => void inBackground++;
    await Promise.all(many());
    await ledger.append(record(1), { inFlight: 2 });
    expect({ syncs: syncs(), inBackground }).toEqual({ syncs: 3, inBackground: 2 });
  });

  it("are written as they come once somebody posts: that waits for nobody", async () => {
    const all = Promise.all(many());
    ledger.post(record(60));
    expect(written()).toBe(inFlight + 1);
    await turn();
    syncing.shift()?.();
    await all;
    expect({ durable, syncs: syncs() }).toEqual({ durable: upTo(inFlight + 1), syncs: 1 });
  });

  it("share one sync on a slow disk, where two would take longer than all that they have to do", async () => {
    given.run.before = ({ name }) => {
      if (name === "file.datasync") given.run.clock.pass(5);
      return undefined;
    };
    await ledger.append(record(1));
    const all = Promise.all(many());
    await turn();
    expect(written()).toBe(inFlight + 1);
    syncing.shift()?.();
    await all;
    expect(syncs()).toBe(2);
  });

  it("go on taking turns however long they work: only time with nothing to do makes a sync slow", async () => {
    given.run.beforeBackgroundSync = async () => {};
    const rounds = 40;
    const work = async () => {
      for (let round = 0; round < rounds; round += 1) {
        await ledger.append(record(1), { inFlight });
        given.run.clock.work(1);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, work));
    expect(syncs()).toBe(rounds * 2);
  });

  it("are all in a ledger that is closed meanwhile", async () => {
    given.run.beforeBackgroundSync = turn;
    const all = Promise.all(many());
    await ledger.close();
    expect(await all).toHaveLength(inFlight);
    expect(written()).toBe(inFlight);
  });
});

describe("50 that are about to append, of whom a call of the disk fails for a moment", () => {
  const failOnce = (name: CallName, errno: Fault["errno"] = "EMFILE") => {
    given.run.before = (call) => {
      if (call.name !== name || call.path !== given.run.layout.ledger) return undefined;
      given.run.before = () => undefined;
      return { errno, effect: "lost" };
    };
  };
  const opened = () => given.run.calls.filter(({ name }) => name === "open").length;

  it("are all durable, in their order: the sync failed while others were written", async () => {
    const all = many();
    await turn();
    ledger.post(record(60));
    failOnce("file.datasync");
    await goOnUntil(Promise.all(all).then(() => ledger.settle()));
    expect((await Promise.all(all)).map(({ seq }) => seq)).toEqual(upTo(inFlight));
    expect(durable).toEqual(upTo(inFlight + 1));
  });

  it("are all durable, in their order: a write failed during a sync that went well", async () => {
    const all = many();
    await turn();
    failOnce("file.write");
    expect(ledger.post(record(60)).seq).toBe(inFlight + 2);
    await goOnUntil(Promise.all(all).then(() => ledger.settle()));
    expect(durable).toEqual(upTo(inFlight + 1));
  });

  it("are written by nobody before the sync that is under way has ended", async () => {
    const all = many();
    await turn();
    failOnce("file.write");
    ledger.post(record(60));
    const before = opened();
    given.run.clock.pass(200);
    for (let n = 0; n < 10; n += 1) await turn();
    expect(opened()).toBe(before);
    await goOnUntil(Promise.all(all));
    expect(opened()).toBeGreaterThan(before);
  });

  it("are rejected, and nothing is opened anew, if the sync under way then fails for good", async () => {
    const all = many().map(rejectionOf);
    await turn();
    failOnce("file.write");
    ledger.post(record(60));
    failOnce("file.datasync", "EIO");
    syncing.shift()?.();
    expect((await Promise.all(all)).map(({ code }) => code)).toEqual(all.map(() => "WRITE_FAILED"));
    const before = opened();
    await goOnUntil(pause(100));
    expect(opened()).toBe(before);
  });

  it("hear of the damage that is found when the ledger is opened anew", async () => {
    await ledger.append(record(1));
    const all = many().map(rejectionOf);
    await turn();
    failOnce("file.datasync");
    syncing.shift()?.();
    await turn();
    const { ledger: file } = given.run.layout;
    fs.writeFileSync(file, fs.readFileSync(file, "latin1").replace("J1", "J2"), "latin1");
    await goOnUntil(Promise.all(all));
    expect((await Promise.all(all)).map(({ code }) => code)).toEqual(all.map(() => "LEDGER_DAMAGED"));
  });
});
