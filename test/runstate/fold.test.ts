import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LedgerEntry, LedgerRecord } from "../../src/ledger/entry.ts";
import { evolve } from "../../src/runstate/evolve.ts";
import { replay } from "../../src/runstate/replay.ts";
import { isDone, type RunState } from "../../src/runstate/state.ts";
import {
  beat,
  blocked,
  called,
  commanded,
  completed,
  decided,
  doubted,
  entriesOf,
  failed,
  failedRun,
  logged,
  ofRun,
  paused,
  resumed,
  started,
  succeeded,
  told,
} from "./given.ts";

const step = fc.constantFrom("a", "b", "c");
const attempt = fc.integer({ min: 1, max: 3 });

/** Anything that may stand in a ledger behind its first entry, in an order that need not make sense. */
const happening: fc.Arbitrary<LedgerRecord> = fc.oneof(
  fc.tuple(step, attempt).map(([id, n]) => commanded(id, { attempt: n })),
  step.map((id) => succeeded(id)),
  step.map((id) => failed(id)),
  step.map((id) => told(id, "builder.progress")),
  step.map((id) => doubted(id)),
  fc.tuple(step, fc.constantFrom("skip", "retry", "done")).map(([id, choice]) => decided(id, choice)),
  fc
    .tuple(step, attempt, fc.constantFrom("success", "failed"))
    .map(([id, n, status]) => called(`call-${id}`, { attempt: n, status })),
  step.map((id) => blocked(id, ["a"])),
  fc.constantFrom(resumed(), paused(), completed(3), failedRun(), beat(), logged("J")),
  fc.constant(ofRun("drift.found", { paths: [{ path: "a", found: null }] })),
);

const ledgers = fc
  .array(happening, { maxLength: 40 })
  .map((rest) => entriesOf([started(), ...withoutCommandsAfterSuccess(rest)]));

/** The one order that no ledger has, and that the fold refuses: a command that succeeded is never sent again. */
function withoutCommandsAfterSuccess(records: LedgerRecord[]): LedgerRecord[] {
  const kept: LedgerRecord[] = [];
  for (const record of records) {
    const state = replay(entriesOf([started(), ...kept]));
    const done = record.kind === "command" && isDone(state.commands.get(record.idempotency_key));
    if (!done) kept.push(record);
  }
  return kept;
}

describe("the fold of any ledger", () => {
  it("of a beginning and then of the rest is the fold of all: the state holds everything that counts", () => {
    fc.assert(
      fc.property(ledgers, fc.nat(), (entries, cut) => {
        const [beginning, rest] = split(entries, 1 + (cut % entries.length));
        const remembered = structuredClone(replay(beginning));
        expect(rest.reduce<RunState>((state, entry) => evolve(state, entry), remembered)).toEqual(replay(entries));
      }),
    );
  });

  it("numbers terminal events from 1 without gaps, and gives no number twice", () => {
    fc.assert(
      fc.property(ledgers, (entries) => {
        const numbers: number[] = [];
        let state: RunState | undefined;
        for (const entry of entries) {
          const before = state?.terminalEvents ?? 0;
          state = evolve(state, entry);
          if (state.terminalEvents === before) continue;
          const ended = [...state.commands.values()].find((command) => command.ended?.seq === entry.seq)?.ended;
          numbers.push(ended?.n ?? 0);
        }
        expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      }),
    );
  });

  it("takes back no success but by a new attempt", () => {
    fc.assert(
      fc.property(ledgers, (entries) => {
        let state: RunState | undefined;
        let done: string[] = [];
        for (const entry of entries) {
          state = evolve(state, entry);
          const { commands } = state;
          for (const key of done) {
            if (!isDone(commands.get(key))) expect(attemptOf(entry)).toBe(key);
          }
          done = [...commands.keys()].filter((key) => isDone(commands.get(key)));
        }
      }),
    );
  });

  it("is not completed by anything but run.completed", () => {
    fc.assert(
      fc.property(ledgers, (entries) => {
        const isCompleted = (entry: LedgerEntry) => entry.kind === "event" && entry.event === "run.completed";
        if (!entries.some(isCompleted)) expect(replay(entries).status).not.toBe("completed");
      }),
    );
  });
});

function split(entries: readonly LedgerEntry[], at: number): [LedgerEntry[], LedgerEntry[]] {
  return [entries.slice(0, at), entries.slice(at)];
}

/** The key of the command that `entry` begins an attempt of. */
function attemptOf(entry: LedgerEntry): string | undefined {
  if (entry.kind === "command") return entry.idempotency_key;
  return entry.kind === "event" ? entry.command?.idempotency_key : undefined;
}
