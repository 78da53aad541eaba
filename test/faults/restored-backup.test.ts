import { describe, expect, it } from "vitest";
import { RunledgerError } from "../../src/errors.ts";
import type { LedgerEntry } from "../../src/ledger/entry.ts";
import { openLedger } from "../../src/ledger/open.ts";
import { type DiskImage, walkFiles } from "../simulated/disk-image.ts";
import { powerCutStates, volatilePaths } from "../simulated/power-cut.ts";
import { imageWith, SimulatedMachine } from "../simulated/simulated-world.ts";
import { counting, nightly } from "./counts.ts";
import { appendCommits, givenLedger, layout, ledgerPlace, run } from "./given-ledger.ts";
import { type Moment, MomentRecorder } from "./moments.ts";

const counts = counting("restored backups", { "crash points": 40, "disk states": 100 });
const timeoutMs = 60_000 * nightly;
const samples = 24 * nightly;

/** seq → hash of the entries that may be counted on. */
type Promised = ReadonlyMap<number, string>;

const boots = [
  { boot: 1, name: "the boot that wrote it" },
  { boot: 2, name: "another boot" },
];

describe("a run that a copying program has put back, which syncs nothing", () => {
  it.each(boots)("is as durable as any other once it is opened, in $name", { timeout: timeoutMs }, async ({ boot }) => {
    const backup = await givenLedger([1, 2, 1]);
    const problems: string[] = [];
    for (const { image, promised, n } of await goOn(restored(backup.image), boot)) {
      counts["crash points"] += 1;
      if (promised.size === 0) continue;
      for (const state of powerCutStates(image, { samples })) {
        counts["disk states"] += 1;
        const problem = fault(state.image, promised);
        if (problem !== undefined) problems.push(`power cut at ${n}, ${state.name}: ${problem}`);
      }
    }
    expect(problems).toEqual([]);
  });
});

it("a watermark that somebody has removed is made anew by the next opening, durable with its name", async () => {
  const { image } = await givenLedger([1, 2, 1]);
  const machine = new SimulatedMachine(image);
  machine.outside.unlink(run.watermark);
  machine.outside.syncDirectory(run.directory);
  const settled = await machine.start(2).run((world) => appendCommits(world, [1]));
  expect(settled?.kind).toBe("done");
  expect(machine.outside.stat(run.watermark)?.kind).toBe("file");
  expect(volatilePaths(machine.medium.image, "/project")).not.toContain(`${run.watermark} (entry)`);
});

/** Another disk with the same files, all of them only in memory. */
function restored(backup: DiskImage): DiskImage {
  const { medium, outside } = new SimulatedMachine(imageWith({ "/project/": "" }));
  outside.makeDirectory(layout.store);
  for (const [path, , inode] of walkFiles(backup, layout.store)) {
    if (inode.kind === "directory") outside.makeDirectory(path);
    else outside.open(path, "create").write(inode.pages.bytes, 0);
  }
  return medium.image;
}

/** The moments of a life that opens the ledger and goes on with it. */
async function goOn(image: DiskImage, boot: number): Promise<readonly Moment<Promised>[]> {
  const recorder = new MomentRecorder<Promised>(image, new Map());
  const machine = new SimulatedMachine(image, boot, recorder.changed);
  const note = ({ seq, hash }: LedgerEntry) => recorder.promise((before) => new Map(before).set(seq, hash));
  const settled = await machine.start(2).run((world) => appendCommits(world, [1, 2], note));
  expect(settled?.kind).toBe("done");
  return recorder.moments;
}

function fault(image: DiskImage, promised: Promised): string | undefined {
  const entries: LedgerEntry[] = [];
  const place = ledgerPlace(new SimulatedMachine(image, 3).start(3).world);
  try {
    openLedger(
      place,
      (entry) => entries.push(entry),
      () => {},
    );
  } catch (error) {
    return error instanceof RunledgerError ? `refused: ${error.message}` : String(error);
  }
  const lost = [...promised].filter(([seq, hash]) => entries[seq - 1]?.hash !== hash);
  return lost.length === 0 ? undefined : `entries ${lost.map(([seq]) => seq).join()} are lost`;
}
