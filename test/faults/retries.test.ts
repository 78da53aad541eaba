import { describe, expect, it } from "vitest";
import { Retries, type Retry } from "../../src/durable/retries.ts";
import { RunledgerError } from "../../src/errors.ts";
import type { LedgerEntry } from "../../src/ledger/entry.ts";
import { openLedger } from "../../src/ledger/open.ts";
import type { Ledger } from "../../src/ledger/port.ts";
import { readEntries } from "../../src/ledger/read.ts";
import { type EntryPlace, ReadBack } from "../../src/ledger/read-back.ts";
import type { World } from "../../src/run/place/world.ts";
import type { DiskImage } from "../simulated/disk-image.ts";
import type { Call, Fault } from "../simulated/faults.ts";
import { extremeStates } from "../simulated/power-cut.ts";
import { SimulatedMachine } from "../simulated/simulated-world.ts";
import { counting } from "./counts.ts";
import { givenLedger, ledgerPlace, record, run } from "./given-ledger.ts";
import { MomentRecorder } from "./moments.ts";

const counts = counting("writes that fail for a moment", {
  "failed calls": 220,
  "of them tried again": 220,
  "crash points": 1_400,
  "disk states": 4_000,
});
const commits = [1, 3, 2, 1, 1];
const acknowledgedCount = commits.reduce((sum, count) => sum + count, 0);
/** One entry is posted with each commit. */
const written = acknowledgedCount + commits.length;

/** Long syncs are made in the background. */
const disks = [
  { disk: "a fast disk", syncMs: 0 },
  { disk: "a slow disk", syncMs: 5 },
];

/** A process that appends while calls fail; `failing` says which. */
interface Patient {
  readonly image: DiskImage;
  readonly acknowledged: ReadonlyMap<number, string>;
  readonly moments: MomentRecorder<ReadonlyMap<number, string>>["moments"];
  readonly calls: readonly Call[];
  readonly retries: readonly Retry[];
  readonly errors: readonly unknown[];
  /** Where the entries that became durable are said to lie, by hash. */
  readonly places: ReadonlyMap<string, EntryPlace>;
}

describe("a write that fails for a moment", () => {
  it.each(disks)(
    "is tried again on $disk: every entry is there once, and nobody hears of it",
    {
      timeout: 300_000,
    },
    async ({ syncMs }) => {
      const { image } = await givenLedger([2]);
      const problems: string[] = [];
      const calls = (await patient(image, () => undefined, { syncMs })).calls;
      const whole = (await patient(image, () => undefined, { syncMs })).acknowledged;
      for (const { n, name } of appendingCalls(calls)) {
        for (const fault of passing(name)) {
          counts["failed calls"] += 1;
          const life = await patient(image, (call) => (call.n === n ? fault : undefined), { syncMs });
          counts["of them tried again"] += life.retries.length;
          for (const problem of judge(life, whole)) problems.push(`${n} ${name} ${JSON.stringify(fault)}: ${problem}`);
        }
      }
      expect(problems.slice(0, 20)).toEqual([]);
    },
  );

  it.each(disks)(
    "may be followed by a crash at any moment on $disk: what was acknowledged is there",
    { timeout: 300_000 },
    async ({ syncMs }) => {
      const { image } = await givenLedger([2]);
      const problems: string[] = [];
      const calls = (await patient(image, () => undefined, { syncMs })).calls;
      for (const { n, name } of appendingCalls(calls)) {
        const fault = passing(name).at(-1) as Fault;
        const { moments } = await patient(image, (call) => (call.n === n ? fault : undefined), { syncMs });
        for (const moment of moments) {
          counts["crash points"] += 1;
          for (const state of [{ image: moment.image, name: "killed" }, ...extremeStates(moment.image)]) {
            counts["disk states"] += 1;
            for (const problem of reopened(state.image, moment.promised))
              problems.push(`${n} ${name}, moment ${moment.n}, ${state.name}: ${problem}`);
          }
        }
      }
      expect(problems.slice(0, 20)).toEqual([]);
    },
  );

  it("that does not pass fails after the retries that were asked for, with the first error and the number of attempts", async () => {
    const { image } = await givenLedger([2]);
    for (const most of [0, 1, 3, 10]) {
      let began = false;
      const life = await patient(
        image,
        ({ name, path }) => {
          began ||= name === "file.datasync" && path === run.ledger;
          return began ? { errno: "EMFILE", effect: "lost" } : undefined;
        },
        { most },
      );
      expect(life.errors[0]).toMatchObject({ code: "WRITE_FAILED", details: { errno: "EMFILE", attempts: most + 1 } });
      expect(life.retries.map(({ attempt, of, code }) => ({ attempt, of, code }))).toEqual(
        Array.from({ length: most }, (_, index) => ({ attempt: index + 1, of: most, code: "EMFILE" })),
      );
      expect(life.acknowledged.size).toBe(0);
    }
  });

  it("waits 100 ms, 200 ms, 400 ms … up to 2 s, with up to a tenth of jitter, and says how many entries wait", async () => {
    const { image } = await givenLedger([2]);
    let began = false;
    const { retries } = await patient(
      image,
      ({ name, path }) => {
        began ||= name === "file.datasync" && path === run.ledger;
        return began ? { errno: "EAGAIN", effect: "lost" } : undefined;
      },
      { most: 7 },
    );
    for (const [index, least] of [100, 200, 400, 800, 1600, 2000, 2000].entries()) {
      expect(retries[index]?.delayMs).toBeGreaterThanOrEqual(least);
      expect(retries[index]?.delayMs).toBeLessThanOrEqual(least * 1.1 + 1);
      expect(retries[index]).toMatchObject({ waiting: 2, message: expect.stringContaining("EAGAIN") });
    }
  });

  it("is not tried again if waiting does not help: EIO, ENOSPC", async () => {
    const { image } = await givenLedger([2]);
    for (const errno of ["EIO", "ENOSPC", "EROFS"]) {
      const life = await patient(image, ({ name, path }) =>
        name === "file.datasync" && path === run.ledger ? { errno, effect: "lost" } : undefined,
      );
      expect(life.retries).toEqual([]);
      expect(life.errors).toHaveLength(acknowledgedCount);
    }
  });
});

function passing(name: Call["name"]): Fault[] {
  const lost = ["EBUSY", "EAGAIN", "ENFILE", "EMFILE"].map((errno): Fault => ({ errno, effect: "lost" }));
  const kept: Fault = { errno: "EAGAIN", effect: "kept" };
  return name === "file.write" ? [...lost, kept, { errno: "EAGAIN", effect: "torn" }] : [...lost, kept];
}

/** Those after opening, whose failures are those of the run that opens. Closing is no write. */
function appendingCalls(calls: readonly Call[]): readonly Call[] {
  const opened = calls.findLast(({ name }) => name === "open")?.n ?? 0;
  return calls.filter(({ n, name }) => n > opened && name !== "file.close");
}

function* judge(
  { image, acknowledged, errors, places }: Patient,
  whole: ReadonlyMap<number, string>,
): Generator<string> {
  if (errors.length > 0) yield `refused: ${errors.map(String).join()}`;
  if (acknowledged.size !== whole.size) yield `${acknowledged.size} entries were acknowledged`;
  yield* reopened(image, acknowledged);
  const { disk } = new SimulatedMachine(image).start(9);
  const entries = [...readEntries(disk, run)];
  const readBack = new ReadBack(disk, run.ledger);
  if (places.size !== written) yield `${places.size} entries became durable`;
  for (const [hash, place] of places) {
    if (readBack.entry(place).hash !== hash) yield `entry ${place.seq} does not lie at byte ${place.startByte}`;
  }
  readBack.close();
  const messages = entries.flatMap((entry) => (entry.kind === "log" ? [entry.message] : []));
  if (new Set(messages).size !== 2 + written || messages.length !== 2 + written) yield `it holds ${messages.join()}`;
}

function* reopened(image: DiskImage, acknowledged: ReadonlyMap<number, string>): Generator<string> {
  const entries: LedgerEntry[] = [];
  const { world } = new SimulatedMachine(image, 2).start(3);
  try {
    openLedger(
      ledgerPlace(world),
      (entry) => entries.push(entry),
      () => {},
    );
  } catch (error) {
    yield String(error);
  }
  const lost = [...acknowledged].filter(([seq, hash]) => entries[seq - 1]?.hash !== hash);
  if (lost.length > 0) yield `entries ${lost.map(([seq]) => seq).join()} are lost`;
}

async function patient(
  image: DiskImage,
  failing: (call: Call) => Fault | undefined,
  { most = 3, syncMs = 0 } = {},
): Promise<Patient> {
  const acknowledged = new Map<number, string>();
  const recorder = new MomentRecorder<ReadonlyMap<number, string>>(image, new Map());
  const [calls, retries, errors]: [Call[], Retry[], unknown[]] = [[], [], []];
  const places = new Map<string, EntryPlace>();
  const before = (call: Call) => {
    calls.push(call);
    if (call.name === "file.datasync") machine.time.pass(syncMs);
    return failing(call);
  };
  const machine = new SimulatedMachine(image, 1, recorder.changed);
  const note = ({ seq, hash }: LedgerEntry) => {
    acknowledged.set(seq, hash);
    recorder.promise(() => new Map(acknowledged));
  };
  await machine.start(2, { before }).run((world) => append(world, note, { most, retries, errors, places }));
  machine.killAll();
  return { image: machine.image, acknowledged, moments: recorder.moments, calls, retries, errors, places };
}

async function append(
  world: World,
  note: (entry: LedgerEntry) => void,
  {
    most,
    retries,
    errors,
    places,
  }: {
    most: number;
    retries: Retry[];
    errors: unknown[];
    places: Map<string, EntryPlace>;
  },
): Promise<void> {
  const mending = {
    retries: new Retries({ ...world, most, onRetry: (retry) => retries.push(retry) }),
    onCut: () => {},
  };
  const { ledger } = openLedger(
    ledgerPlace(world),
    () => {},
    (entry, place) => void places.set(entry.hash, place),
    mending,
  );
  let index = 100;
  for (const count of commits) {
    post(ledger, ++index);
    const appended = Array.from({ length: count }, async () => note(await ledger.append(record(++index))));
    for (const each of await Promise.allSettled(appended)) if (each.status === "rejected") errors.push(each.reason);
  }
  await ledger.close().catch((error: unknown) => {
    if (!(error instanceof RunledgerError)) errors.push(error);
  });
}

/** It waits for nobody; that the ledger failed is told to those who wait. */
function post(ledger: Ledger, index: number): void {
  try {
    ledger.post(record(index));
  } catch (error) {
    if (!(error instanceof RunledgerError)) throw error;
  }
}
