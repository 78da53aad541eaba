import { describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/open.ts";
import { type DiskImage, walkFiles } from "../simulated/disk-image.ts";
import { powerCutStates } from "../simulated/power-cut.ts";
import { SimulatedMachine } from "../simulated/simulated-world.ts";
import { counting } from "./counts.ts";
import { fileBytes, withFile } from "./damaged-ledger.ts";
import { givenLedger, ledgerPlace, run } from "./given-ledger.ts";
import { type Moment, MomentRecorder } from "./moments.ts";
import { Problems } from "./problems.ts";

const counts = counting("tails that are cut", { "disk states": 20 });

const tail = Buffer.from('{"at":"2026-11-21T07:00:01.000Z","durable":3,"kind":"log","level":"in');

describe("a tail that was never acknowledged", () => {
  it("is in the ledger or in its copy, whole, wherever the life that cuts it dies", async () => {
    const { image } = await givenLedger([1, 2]);
    const torn = Buffer.concat([fileBytes(image, run.ledger), tail]);
    const problems = new Problems();
    for (const moment of opening(withFile(image, run.ledger, torn))) {
      for (const state of powerCutStates(moment.image)) {
        counts["disk states"] += 1;
        if (!isKept(state.image, torn)) problems.add([`power cut at ${moment.n}, ${state.name}`]);
      }
    }
    problems.expectNone();
  });
});

/** The moments of a life that opens the ledger, after a power cut. */
function opening(image: DiskImage): readonly Moment<null>[] {
  const recorder = new MomentRecorder(image, null);
  const { world } = new SimulatedMachine(image, 2, recorder.changed).start(2);
  const { recovered } = openLedger(
    ledgerPlace(world),
    () => {},
    () => {},
  );
  expect(recovered?.cutBytes).toBe(tail.length);
  return recorder.moments;
}

function isKept(image: DiskImage, torn: Uint8Array): boolean {
  if (Buffer.compare(fileBytes(image, run.ledger), torn) === 0) return true;
  const copies = [...walkFiles(image, run.directory)].filter(([path]) => path.startsWith(run.tornLedger("")));
  return copies.some(([path]) => Buffer.compare(fileBytes(image, path), tail) === 0);
}
