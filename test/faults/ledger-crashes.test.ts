import { describe, expect, it } from "vitest";
import { errnoOf, RunledgerError } from "../../src/errors.ts";
import type { LedgerEntry } from "../../src/ledger/entry.ts";
import { openLedger } from "../../src/ledger/open.ts";
import { readEntries } from "../../src/ledger/read.ts";
import type { DiskImage } from "../simulated/disk-image.ts";
import { extremeStates, powerCutStates, volatilePaths } from "../simulated/power-cut.ts";
import { seededRandom } from "../simulated/seeded-random.ts";
import { imageWith, SimulatedMachine } from "../simulated/simulated-world.ts";
import { counting, nightly } from "./counts.ts";
import { fileBytes } from "./damaged-ledger.ts";
import { appendCommits, layout, ledgerPlace, run, writeCommits } from "./given-ledger.ts";
import { Distinct, type Moment, MomentRecorder, statesAfter } from "./moments.ts";
import { Problems } from "./problems.ts";

const counts = counting("crashes of the ledger", {
  "crash points": 60,
  "disk states": 16_000,
  "nested crashes": 14_000,
  "kills followed by power cuts": 4_000,
});
const timeoutMs = 300_000 * nightly;
const samples = 24;

/** seq → hash of the entries that were acknowledged. */
type Promised = ReadonlyMap<number, string>;

const torn = [run.ledger, run.watermark];

/** How a life writes: commits of so many entries, each with so many bytes more than it needs. */
interface Shape {
  readonly commits: readonly number[];
  readonly paddingBytes: number;
}

/** Those of a day are tried out. By night come so many more, of up to `mostCommits`, drawn with a seed. */
function shapes(byDay: readonly Shape[], mostCommits: number, mostPaddingBytes: number): Shape[] {
  const random = seededRandom(mostCommits);
  const drawn = Array.from({ length: nightly - 1 }, () => ({
    commits: Array.from({ length: 1 + random.below(mostCommits) }, () => 1 + random.below(3)),
    paddingBytes: random.below(mostPaddingBytes),
  }));
  return [...byDay, ...drawn];
}

const short = { commits: [1, 2], paddingBytes: 0 };
const medium = { commits: [1, 2, 3, 1], paddingBytes: 0 };
const long = { commits: [1, 2, 3, 1, 2], paddingBytes: 0 };
const padded = { commits: [2, 3, 1], paddingBytes: 600 };
/** So many take turns: 25 lines are synced while the others are written. */
const crowded = { commits: [1, 50, 2], paddingBytes: 0 };

describe("a ledger whose machine or process dies", () => {
  it("keeps every acknowledged entry, whatever the disk made of the rest", { timeout: timeoutMs }, async () => {
    const problems = new Problems();
    for (const shape of shapes([medium, padded, crowded], 4, 700)) {
      const distinct = new Distinct();
      for (const moment of await life(shape)) {
        counts["crash points"] += 1;
        for (const { image, name } of statesAfter(moment.image, torn, samples)) {
          if (!distinct.isNew(image, `${moment.promised.size}`)) continue;
          counts["disk states"] += 1;
          problems.add(judge(`${inWords(shape)}: crash at ${moment.n}, ${name}`, moment, recover(image, 2)));
        }
      }
    }
    problems.expectNone();
  });

  it("keeps them through a crash of the recovery, at every one of its changes", { timeout: timeoutMs }, async () => {
    const problems = new Problems();
    for (const shape of shapes([short], 1, 200)) {
      const [died, diedAgain] = [new Distinct(), new Distinct()];
      for (const moment of await life(shape)) {
        for (const { image, name } of statesAfter(moment.image, [run.ledger], samples)) {
          if (!died.isNew(image, `${moment.promised.size}`)) continue;
          const where = `${inWords(shape)}: crash at ${moment.n}, ${name}`;
          problems.add(crashesOfRecovery(where, moment, image, diedAgain));
        }
      }
    }
    problems.expectNone();
  });

  it("keeps them when it is killed, goes on in a second life, and then loses the power", {
    timeout: timeoutMs,
  }, async () => {
    const problems = new Problems();
    for (const shape of shapes([long, crowded], 5, 700)) {
      for (const first of await life(shape)) {
        const where = `${inWords(shape)}: killed at ${first.n}`;
        problems.add(judge(where, first, recover(first.image, 1)));
        if (first.promised.size > 0) problems.add(await powerCutsOfNextLife(where, first));
      }
    }
    problems.expectNone();
  });
});

function* crashesOfRecovery(
  where: string,
  moment: Moment<Promised>,
  image: DiskImage,
  distinct: Distinct,
): Generator<string> {
  for (const second of recoveryMoments(image, 2)) {
    for (const state of powerCutStates(second.image, { samples: 4 })) {
      if (!distinct.isNew(state.image, `${moment.promised.size}`)) continue;
      counts["nested crashes"] += 1;
      const nested = `${where}; recovery crashes at ${second.n}, ${state.name}`;
      yield* judge(nested, moment, recover(state.image, 3));
    }
  }
}

async function powerCutsOfNextLife(where: string, first: Moment<Promised>): Promise<string[]> {
  const problems: string[] = [];
  for (const second of await goOn(first, [2, 1, 3])) {
    for (const { image, name } of statesAfter(second.image, [], 4)) {
      counts["kills followed by power cuts"] += 1;
      problems.push(
        ...judge(`${where}, power cut at ${second.n} of the second life, ${name}`, second, recover(image, 2)),
      );
    }
  }
  return problems;
}

function inWords({ commits, paddingBytes }: Shape): string {
  return `commits of ${commits.join(", ")}, padded by ${paddingBytes}`;
}

/** The moments of a life that creates a ledger and appends to it. */
async function life({ commits, paddingBytes }: Shape): Promise<Moment<Promised>[]> {
  const image = imageWith({ "/project/": "" });
  const recorder = new MomentRecorder<Promised>(image, new Map());
  const machine = new SimulatedMachine(image, 1, recorder.changed);
  const settled = await machine
    .start(1)
    .run((world) => writeCommits(world, commits, acknowledged(recorder), paddingBytes));
  expect(settled?.kind).toBe("done");
  return recorder.moments;
}

/** The moments of a second process on the same machine, which finds what the first one left in the page cache. */
async function goOn(first: Moment<Promised>, commits: readonly number[]): Promise<Moment<Promised>[]> {
  const recorder = new MomentRecorder<Promised>(first.image, first.promised);
  const machine = new SimulatedMachine(first.image, 1, recorder.changed);
  const settled = await machine.start(2).run((world) => appendCommits(world, commits, acknowledged(recorder)));
  expect(settled?.kind).toBe("done");
  return recorder.moments;
}

function acknowledged(recorder: MomentRecorder<Promised>): (entry: LedgerEntry) => void {
  return ({ seq, hash }) => recorder.promise((before) => (before.has(seq) ? before : new Map(before).set(seq, hash)));
}

interface Recovery {
  readonly entries: readonly LedgerEntry[];
  readonly refusal: unknown;
  readonly image: DiskImage;
}

function recover(image: DiskImage, boot: number): Recovery {
  const machine = new SimulatedMachine(image, boot);
  return { ...open(machine), image: machine.image };
}

function recoveryMoments(image: DiskImage, boot: number): Moment<null>[] {
  const recorder = new MomentRecorder<null>(image, null);
  open(new SimulatedMachine(image, boot, recorder.changed));
  return recorder.moments;
}

function open(machine: SimulatedMachine): { entries: LedgerEntry[]; refusal: unknown } {
  const entries: LedgerEntry[] = [];
  const { world } = machine.start(2);
  try {
    openLedger(
      ledgerPlace(world),
      (entry) => entries.push(entry),
      () => {},
    );
    return { entries, refusal: undefined };
  } catch (refusal) {
    return { entries, refusal };
  }
}

function* judge(where: string, { promised, image: died }: Moment<Promised>, recovery: Recovery): Generator<string> {
  if (recovery.refusal !== undefined) {
    const reason = recovery.refusal instanceof RunledgerError ? recovery.refusal.message : errnoOf(recovery.refusal);
    if (promised.size > 0) yield `${where}: refused with ${promised.size} acknowledged: ${reason}`;
    if (reason === undefined) yield `${where}: ${String(recovery.refusal)}`;
    return;
  }
  if ([...promised].some(([seq, hash]) => recovery.entries[seq - 1]?.hash !== hash)) {
    yield `${where}: of ${promised.size} acknowledged entries, ${recovery.entries.length} are there`;
  }
  const written = fileBytes(died, run.ledger);
  const left = fileBytes(recovery.image, run.ledger);
  if (Buffer.compare(written.subarray(0, left.length), left) !== 0) yield `${where}: what is left is no prefix`;
  yield* judgeDisk(where, recovery);
}

/** What is true when the recovery returns: readers read the same, and nothing is on its way to the disk any more. */
function* judgeDisk(where: string, { image, entries }: Recovery): Generator<string> {
  const volatile = volatilePaths(image, layout.store);
  if (volatile.length > 0) yield `${where}: still volatile after recovery: ${volatile.join(", ")}`;
  const reader = new SimulatedMachine(extremeStates(image)[0]?.image, 4).start(3).world.disk;
  const read = [...readEntries(reader, run)];
  if (read.length !== entries.length) yield `${where}: a reader finds ${read.length} of ${entries.length} entries`;
}
