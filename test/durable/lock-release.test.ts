import { expect, it } from "vitest";
import { takeLock } from "../../src/durable/writer-lock.ts";
import { imageWith, SimulatedMachine } from "../simulated/simulated-world.ts";

const owner = { pid: 1, host: "simulated", started_at: "2026-11-21T07:00:00.000Z", boot_id: "unknown" };

it("frees a lock whose file cannot be closed without an error, and says nothing of it", () => {
  const machine = new SimulatedMachine(imageWith({ "/project/": "" }));
  const { disk } = machine.start(1, {
    before: ({ name }) => (name === "file.close" ? { errno: "EIO", effect: "lost" } : undefined),
  });
  takeLock(disk, "/project/lock", owner)?.release();
  expect(machine.medium.locks.size).toBe(0);
  expect(takeLock(machine.outside, "/project/lock", owner)).toBeDefined();
});
