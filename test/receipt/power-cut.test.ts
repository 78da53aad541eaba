import { expect, it } from "vitest";
import { makeDirectories } from "../../src/durable/directories.ts";
import type { LedgerRecord } from "../../src/ledger/entry.ts";
import { called, commanded, started, succeeded, taskId } from "../runstate/given.ts";
import type { DiskImage } from "../simulated/disk-image.ts";
import { powerCutStates, volatilePaths } from "../simulated/power-cut.ts";
import { imageWith, SimulatedMachine } from "../simulated/simulated-world.ts";
import { ReceiptStore } from "./given.ts";

const directory = "/project/store";
const happened: LedgerRecord[] = [started(), called("a"), commanded("b"), succeeded("b"), called("c"), called("d")];

/** The images that the disk passes through while a process with this on its disk does `action` with the receipts. */
function moments(image: DiskImage, action: (store: ReceiptStore) => void): DiskImage[] {
  const images = [image];
  const machine = new SimulatedMachine(image, 1, (each) => images.push(each));
  const { disk } = machine.start(images.length).world;
  const store = new ReceiptStore(disk, directory);
  makeDirectories(disk, directory, store.run.directory);
  action(store);
  return images;
}

const filesOn = (image: DiskImage) =>
  new ReceiptStore(new SimulatedMachine(image).start(9).world.disk, directory).files();

const undisturbed = moments(imageWith({ "/project/": "" }), (store) => store.live(happened, 1));
const issued = filesOn(undisturbed.at(-1) as DiskImage);

it("receipts are durable once they are settled, wherever the process before was killed", () => {
  expect(Object.keys(issued)).toEqual(["calls.ndjson", "step-2.json"]);
  for (const [n, image] of undisturbed.entries()) {
    const after = moments(image, (store) => store.resume(happened)).at(-1) as DiskImage;
    const temporaries = Object.keys(filesOn(after)).filter((name) => name.endsWith(".tmp"));
    expect(withoutTemporaries(filesOn(after)), `killed at ${n}`).toEqual(issued);
    const receipts = new ReceiptStore(new SimulatedMachine(after).start(9).world.disk, directory).run.receiptsOf(
      taskId,
    );
    const volatile = volatilePaths(after, receipts).filter((file) => !temporaries.some((name) => file.endsWith(name)));
    expect(volatile, `killed at ${n}`).toEqual([]);
  }
});

it("receipts are mended to the same bytes, whatever a power cut has left of them", () => {
  let states = 0;
  for (const [n, image] of undisturbed.entries()) {
    for (const state of powerCutStates(image, { samples: 8 })) {
      states += 1;
      const after = moments(state.image, (store) => store.resume(happened)).at(-1) as DiskImage;
      expect(withoutTemporaries(filesOn(after)), `power cut at ${n}, ${state.name}`).toEqual(issued);
    }
  }
  expect(states).toBeGreaterThan(100);
});

/** Those are swept by the run, not by its receipts. */
function withoutTemporaries(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([name]) => !name.endsWith(".tmp")));
}
