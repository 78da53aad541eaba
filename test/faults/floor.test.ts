import { expect, it } from "vitest";
import { openLedger } from "../../src/ledger/open.ts";
import { inodeOf, lookUp, withPages } from "../simulated/disk-image.ts";
import { durablePages } from "../simulated/file-pages.ts";
import { SimulatedMachine } from "../simulated/simulated-world.ts";
import { givenLedger, ledgerPlace, run } from "./given-ledger.ts";

it("measure", async () => {
  const { image, entries } = await givenLedger([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 2]);
  const id = lookUp(image, run.ledger) as number;
  const inode = inodeOf(image, id);
  if (inode.kind !== "file") throw new Error();
  const { bytes } = inode.pages;
  console.log(entries.length, bytes.length, entries.map((e) => e.durable).join());
  const t = performance.now();
  let refused = 0;
  for (let i = 0; i < 4000; i++) {
    const damaged = Uint8Array.from(bytes);
    damaged[i] = (damaged[i] ?? 0) ^ 1;
    const machine = new SimulatedMachine(withPages(image, id, durablePages(damaged)), 1);
    const p = machine.start(2);
    try {
      openLedger(ledgerPlace(p.world), () => {}, () => {});
    } catch {
      refused++;
    }
  }
  console.log(refused, (performance.now() - t) / 4000, "ms each");
  expect(1).toBe(1);
});
