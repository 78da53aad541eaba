import { describe, it } from "vitest";
import { errnoOf, RunledgerError } from "../../src/errors.ts";
import type { LedgerEntry } from "../../src/ledger/entry.ts";
import { openLedger } from "../../src/ledger/open.ts";
import type { Ledger } from "../../src/ledger/port.ts";
import type { World } from "../../src/run/place/world.ts";
import { type DiskImage, lookUp } from "../simulated/disk-image.ts";
import type { Call, Fault } from "../simulated/faults.ts";
import { powerCutStates, volatilePaths } from "../simulated/power-cut.ts";
import { seededRandom } from "../simulated/seeded-random.ts";
import { SimulatedMachine } from "../simulated/simulated-world.ts";
import { counting, nightly } from "./counts.ts";
import { fileBytes } from "./damaged-ledger.ts";
import { faultsOf } from "./every-fault.ts";
import { givenLedger, layout, ledgerPlace, record, run } from "./given-ledger.ts";
import { Problems } from "./problems.ts";

const counts = counting("a ledger on a failing disk", { "failed calls": 300, "disk states afterwards": 1_800 });
const timeoutMs = 300_000 * nightly;

/** One process, whose disk fails, of a caller who does not give up. */
interface Stubborn {
  readonly image: DiskImage;
  /** seq → hash of what was acknowledged, before and after the failure, on the first handle and on a second one. */
  readonly acknowledged: ReadonlyMap<number, string>;
  readonly calls: readonly Call[];
  readonly untyped: readonly unknown[];
}

/** Appends so many at once on each handle, each lot after the one before. */
interface Caller {
  readonly lots: readonly number[];
  /** By night, a later call fails too: so many, drawn with a seed. */
  readonly secondFailures: number;
}

const few: Caller = { lots: [1, 2, 1], secondFailures: nightly - 1 };
/** So many as the last take turns: half of them are synced while the others wait. */
const many: Caller = { lots: [1, 50], secondFailures: 0 };

describe("a ledger whose disk fails, under a caller that does not give up", () => {
  it("loses nothing that it acknowledged, on this handle or on the next", { timeout: timeoutMs }, async () => {
    const { image } = await givenLedger([1, 2]);
    const problems = new Problems();
    for (const caller of [few, many]) {
      for (const call of (await stubborn(image, caller, [])).calls) {
        for (const fault of faultsOf(call)) {
          counts["failed calls"] += 1;
          const life = await stubborn(image, caller, [{ call, fault }]);
          problems.add(faultsAfter([{ call, fault }], life));
          for (const second of secondFailures(life, caller, call)) {
            counts["failed calls"] += 1;
            const failing = [{ call, fault }, second];
            problems.add(faultsAfter(failing, await stubborn(image, caller, failing)));
          }
        }
      }
    }
    problems.expectNone();
  });
});

interface Failing {
  readonly call: Call;
  readonly fault: Fault;
}

function secondFailures({ calls }: Stubborn, caller: Caller, first: Call): Failing[] {
  const later = calls.slice(first.n);
  if (later.length === 0) return [];
  const random = seededRandom(first.n);
  return Array.from({ length: caller.secondFailures }, () => {
    const call = later[random.below(later.length)] as Call;
    const faults = faultsOf(call);
    return { call, fault: faults[random.below(faults.length)] as Fault };
  });
}

function faultsAfter(failing: readonly Failing[], life: Stubborn): string[] {
  const where = failing.map(({ call, fault }) => `${call.n} ${call.name} ${call.path} ${fault.errno} ${fault.effect}`);
  return [...life.untyped.map(String), ...afterwards(life)].map((problem) => `${where.join(", then ")}: ${problem}`);
}

function* afterwards({ image, acknowledged }: Stubborn): Generator<string> {
  const states = [...powerCutStates(image, { samples: 4 })].map((state) => ({ ...state, boot: 2 }));
  for (const state of [{ image, name: "the same boot", boot: 1 }, ...states]) {
    counts["disk states afterwards"] += 1;
    const machine = new SimulatedMachine(state.image, state.boot);
    const entries: LedgerEntry[] = [];
    try {
      openLedger(
        ledgerPlace(machine.start(3).world),
        (entry) => entries.push(entry),
        () => {},
      );
    } catch (error) {
      yield `${state.name}: refused: ${String(error)}`;
      continue;
    }
    const lost = [...acknowledged].filter(([seq, hash]) => entries[seq - 1]?.hash !== hash);
    if (lost.length > 0) yield `${state.name}: entries ${lost.map(([seq]) => seq).join()} are lost`;
    const volatile = volatilePaths(machine.image, layout.store).filter((file) => file !== run.watermark);
    if (volatile.length > 0 && mayChange(machine.image)) yield `${state.name}: still volatile: ${volatile.join()}`;
  }
}

/**
 * True if a power cut may change what was read back. Two things are not durable after a failed sync, and no loss: a sector
 * that holds on the medium what is read, since what was written last to it was cut away; and a cut, without which a tail
 * comes back that the next opening cuts again.
 */
function mayChange(image: DiskImage): boolean {
  const now = fileBytes(image, run.ledger);
  return [...powerCutStates(image, { samples: 4 })].some((state) => {
    if (typeof lookUp(state.image, run.ledger) === "string") return true;
    return Buffer.compare(fileBytes(state.image, run.ledger).subarray(0, now.length), now) !== 0;
  });
}

async function stubborn(image: DiskImage, { lots }: Caller, failing: readonly Failing[]): Promise<Stubborn> {
  const acknowledged = new Map<number, string>();
  const calls: Call[] = [];
  const untyped: unknown[] = [];
  const machine = new SimulatedMachine(image, 1);
  const before = (call: Call) => {
    calls.push(call);
    return failing.find((each) => each.call.n === call.n)?.fault;
  };
  const note = ({ seq, hash }: LedgerEntry) => void acknowledged.set(seq, hash);
  await machine.start(2, { before }).run(async (world) => {
    for (let handle = 0; handle < 2; handle++) await appendOn(world, lots, note, untyped);
  });
  machine.killAll();
  return { image: machine.image, acknowledged, calls, untyped };
}

async function appendOn(
  world: World,
  lots: readonly number[],
  note: (entry: LedgerEntry) => void,
  untyped: unknown[],
): Promise<void> {
  const ledger = open(world, untyped);
  if (ledger === undefined) return;
  for (const count of lots) {
    const inFlight = Math.max(count, 2);
    const appended = Array.from({ length: count }, (_, index) => ledger.append(record(index), { inFlight }));
    for (const each of await Promise.allSettled(appended)) {
      if (each.status === "fulfilled") note(each.value);
      else if (!(each.reason instanceof RunledgerError)) untyped.push(each.reason);
    }
  }
  await ledger.close().catch((error) => noteUntyped(error, untyped));
}

/** Opening and closing may throw the system's error: the run turns it into a typed one. */
function noteUntyped(error: unknown, untyped: unknown[]): void {
  if (!(error instanceof RunledgerError) && errnoOf(error) === undefined) untyped.push(error);
}

/** Undefined if it cannot be opened. */
function open(world: World, untyped: unknown[]): Ledger | undefined {
  try {
    return openLedger(
      ledgerPlace(world),
      () => {},
      () => {},
    ).ledger;
  } catch (error) {
    noteUntyped(error, untyped);
    return undefined;
  }
}
