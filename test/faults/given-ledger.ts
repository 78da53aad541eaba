import { makeDirectories } from "../../src/durable/directories.ts";
import { storeLayout } from "../../src/durable/layout.ts";
import { entryOf } from "../../src/ledger/call-record.ts";
import type { EventRecord, LedgerEntry, LedgerRecord } from "../../src/ledger/entry.ts";
import { ledgerFormat } from "../../src/ledger/first-entry.ts";
import { createLedger, type LedgerPlace, openLedger } from "../../src/ledger/open.ts";
import type { World } from "../../src/run/place/world.ts";
import type { DiskImage } from "../simulated/disk-image.ts";
import { imageWith, SimulatedMachine } from "../simulated/simulated-world.ts";

export const runId = "run-20261121-070000-0a1b2c3d";
export const layout = storeLayout("/project/.runledger");
export const run = layout.run(runId);

export function ledgerPlace({ disk, clock, randomness, host }: World): LedgerPlace {
  return { disk, clock, randomness, store: layout.store, run, bootId: host.bootId };
}

export function firstRecord(): EventRecord {
  return {
    kind: "event",
    message_id: "0198f3a0-0000-7000-8000-000000000001",
    correlation_id: runId,
    task_id: "faults",
    from: { agent_type: "system" },
    event: "run.started",
    payload: { format: ledgerFormat, run_id: runId },
    occurred_at: "2026-11-21T07:00:00.000Z",
  };
}

export function record(index: number, paddingBytes = 0): LedgerRecord {
  // Hostile: with one bit flipped, J is a line feed.
  return {
    kind: "log",
    level: "info",
    message: `J${index}${".".repeat(paddingBytes)}`,
    timestamp: "2026-11-21T07:00:00.000Z",
  };
}

/** Creates the ledger and appends in commits of so many entries. Tells each entry when it was acknowledged. */
export async function writeCommits(
  world: World,
  commits: readonly number[],
  onAcknowledged: (entry: LedgerEntry) => void = () => {},
  paddingBytes = 0,
): Promise<void> {
  makeDirectories(world.disk, layout.store, run.directory);
  await createLedger(ledgerPlace(world), firstRecord(), (appended) => onAcknowledged(entryOf(appended)));
  await appendCommits(world, commits, onAcknowledged, paddingBytes);
}

/** Opens the ledger that is there, and appends as {@link writeCommits}. */
export async function appendCommits(
  world: World,
  commits: readonly number[],
  onAcknowledged: (entry: LedgerEntry) => void = () => {},
  paddingBytes = 0,
): Promise<void> {
  const found: LedgerEntry[] = [];
  const { ledger } = openLedger(
    ledgerPlace(world),
    (entry) => found.push(entry),
    () => {},
  );
  // What was read back is as good as acknowledged once the ledger is open: everything else follows from it.
  for (const entry of found) onAcknowledged(entry);
  let index = 0;
  for (const count of commits) {
    const records = Array.from({ length: count }, () => record(++index, paddingBytes));
    const inFlight = Math.max(count, 2);
    const entries = await Promise.all(records.map((each) => ledger.append(each, { inFlight })));
    for (const entry of entries) onAcknowledged(entry);
  }
  await ledger.close();
}

/** A disk on which {@link writeCommits} was done to its end, and the entries with their bytes. */
export async function givenLedger(commits: readonly number[]): Promise<{ image: DiskImage; entries: LedgerEntry[] }> {
  const machine = new SimulatedMachine(imageWith({ "/project/": "" }));
  const acknowledged = new Map<number, LedgerEntry>();
  const settled = await machine
    .start(1)
    .run((world) => writeCommits(world, commits, (entry) => acknowledged.set(entry.seq, entry)));
  machine.killAll();
  if (settled?.kind !== "done") throw new Error("the ledger could not be written", { cause: settled });
  return { image: machine.image, entries: [...acknowledged.values()] };
}
