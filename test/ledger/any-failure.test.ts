import fc from "fast-check";
import { expect, it } from "vitest";
import { makeDirectories } from "../../src/durable/directories.ts";
import { RunledgerError } from "../../src/errors.ts";
import { type Appended, entryOf } from "../../src/ledger/call-record.ts";
import type { LedgerEntry } from "../../src/ledger/entry.ts";
import { createLedger, openLedger } from "../../src/ledger/open.ts";
import type { Ledger } from "../../src/ledger/port.ts";
import { readEntries } from "../../src/ledger/read.ts";
import { firstRecord, layout, ledgerPlace, record, run } from "../faults/given-ledger.ts";
import type { DiskImage } from "../simulated/disk-image.ts";
import type { BeforeCall, Fault } from "../simulated/faults.ts";
import { extremeStates } from "../simulated/power-cut.ts";
import { imageWith, SimulatedMachine } from "../simulated/simulated-world.ts";
import { ManualClock } from "./manual-clock.ts";
import { turn } from "./run-folder.ts";

interface Plan {
  readonly steps: readonly Step[];
  /** How many calls of the disk go well; all later ones fail. */
  readonly callsLeft: number;
  readonly effect: Fault["effect"];
  /** Syncs take so long that they are done in the background. */
  readonly isSlow: boolean;
}

type Step = (typeof everyStep)[number];
const everyStep = ["append", "alone", "many", "post", "turn", "timer", "settle"] as const;
/** So many are in flight. Of the last, half are synced at a time. */
const inFlight = { append: 2, alone: 1, many: 50 };

const plans: fc.Arbitrary<Plan> = fc.record({
  steps: fc.array(fc.constantFrom(...everyStep, "append" as const), { minLength: 1, maxLength: 15 }),
  callsLeft: fc.nat(30),
  effect: fc.constantFrom("lost", "torn", "kept"),
  isSlow: fc.boolean(),
});

it("whatever is appended and whichever call fails: what was acknowledged stays, also when the power fails next", async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const { image, hasFailed, acknowledged, observed, refused } = await life(plan);
      expect(refused.length > 0).toBe(hasFailed);
      for (const error of refused) expect(error).toBeInstanceOf(RunledgerError);
      expect(observed).toEqual(expect.arrayContaining([...acknowledged]));
      const reopened = openOn(image, 1);
      expect(reopened.entries.slice(0, observed.length)).toEqual(observed);
      expect(reopened.entries.map(({ seq }) => seq)).toEqual(reopened.entries.map((_, index) => index + 1));
      for (const state of extremeStates(image)) {
        expect(openOn(state.image, 2).entries.slice(0, observed.length), state.name).toEqual(observed);
      }
      for (const state of extremeStates(reopened.image)) {
        expect(openOn(state.image, 2).entries, `reopened, ${state.name}`).toEqual(reopened.entries);
      }
    }),
    { numRuns: 400 },
  );
});

interface Life {
  readonly image: DiskImage;
  readonly hasFailed: boolean;
  /** Entries whose appends resolved, and entries that the observer was told of: these with the posted ones. */
  readonly acknowledged: readonly LedgerEntry[];
  readonly observed: readonly LedgerEntry[];
  readonly refused: readonly unknown[];
}

async function life({ steps, callsLeft, effect, isSlow }: Plan): Promise<Life> {
  const clock = new ManualClock();
  let callsToGo = Number.POSITIVE_INFINITY;
  let hasFailed = false;
  const before: BeforeCall = ({ name, path }) => {
    if (isSlow && name === "file.datasync") clock.pass(2);
    if (name === "file.close") return undefined;
    expect(hasFailed && path === run.ledger, `${name} of the ledger after a failure`).toBe(false);
    hasFailed ||= callsToGo-- <= 0;
    return hasFailed ? { errno: "EIO", effect } : undefined;
  };
  const machine = new SimulatedMachine(imageWith({ "/project/": "" }));
  const place = { ...ledgerPlace(machine.start(1, { before }).world), clock };
  makeDirectories(place.disk, layout.store, run.directory);
  const observed: LedgerEntry[] = [];
  const note = (appended: Appended) => void observed.push(entryOf(appended));
  await createLedger(place, firstRecord(), note);
  const { ledger } = openLedger(place, () => {}, note);
  callsToGo = callsLeft;
  const { acknowledged, refused } = await take(steps, ledger, clock);
  return { image: machine.image, hasFailed, acknowledged, observed, refused };
}

async function take(steps: readonly Step[], ledger: Ledger, clock: ManualClock) {
  const acknowledged: LedgerEntry[] = [];
  const refused: unknown[] = [];
  const note = (promise: Promise<LedgerEntry | undefined>) =>
    promise.then(
      (entry) => void (entry && acknowledged.push(entry)),
      (error: unknown) => void refused.push(error),
    );
  const noted: Promise<void>[] = [];
  for (const [index, step] of steps.entries()) {
    if (step === "turn") await turn();
    else if (step === "timer") clock.pass(25);
    else if (step === "settle") await note(settled(ledger));
    else if (step === "post") noted.push(note(posted(ledger, index)));
    else {
      const count = step === "many" ? inFlight.many : 1;
      for (let n = 0; n < count; n++)
        noted.push(note(ledger.append(record(index * 100 + n), { inFlight: inFlight[step] })));
    }
  }
  noted.push(note(ledger.close().then(() => undefined)));
  await Promise.all(noted);
  return { acknowledged, refused };
}

async function settled(ledger: Ledger): Promise<undefined> {
  await ledger.settle();
}

/** Nobody waits for it: it is the observer who is told that it is durable. */
async function posted(ledger: Ledger, index: number): Promise<undefined> {
  ledger.post(record(index));
}

function openOn(image: DiskImage, boot: number): { entries: LedgerEntry[]; image: DiskImage } {
  const machine = new SimulatedMachine(image, boot);
  const { world } = machine.start(2);
  const entries: LedgerEntry[] = [];
  openLedger(
    ledgerPlace(world),
    (entry) => entries.push(entry),
    () => {},
  );
  expect([...readEntries(world.disk, run)]).toEqual(entries);
  return { entries, image: machine.image };
}
