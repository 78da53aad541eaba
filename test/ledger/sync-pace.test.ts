import { expect, it } from "vitest";
import { SyncPace, takingTurnsFrom } from "../../src/ledger/sync-pace.ts";
import { ManualClock } from "./manual-clock.ts";

/** Whether those in flight still take turns after syncs that took 5 ms, told by how these passed. */
async function takesTurnsAfter(sync: (clock: ManualClock) => Promise<void>): Promise<boolean> {
  const clock = new ManualClock();
  const pace = new SyncPace(clock);
  for (let n = 0; n < 40; n += 1) await pace.measureAsync(() => sync(clock));
  return pace.takesTurns(takingTurnsFrom);
}

const later = (action: () => void) => Promise.resolve().then(action);

it.each([
  ["was long if there was nothing to do meanwhile", (clock: ManualClock) => later(() => clock.pass(5)), false],
  ["was long if the call took as long, as without a thread", async (clock: ManualClock) => clock.work(5), false],
  ["may have been short if there was work meanwhile", (clock: ManualClock) => later(() => clock.work(5)), true],
])("a sync in the background %s", async (_, sync, takesTurns) => {
  expect(await takesTurnsAfter(sync)).toBe(takesTurns);
});
