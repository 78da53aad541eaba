import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Disk, DiskFile } from "../../src/durable/disk.ts";
import { CallLine } from "../../src/ledger/call-line.ts";
import { type FinishedCall, sealCall } from "../../src/ledger/call-record.ts";
import type { EventRecord, Head, LedgerEntry, LedgerRecord } from "../../src/ledger/entry.ts";
import { viewOf } from "../../src/ledger/fixed-text.ts";
import { emptyHead, sealLine } from "../../src/ledger/line.ts";
import { type EntryPlace, ReadBack } from "../../src/ledger/read-back.ts";
import { ScannedCall, scanLedger } from "../../src/ledger/scan.ts";
import { CallReceipts } from "../../src/receipt/call-receipt.ts";
import { endedBy, receiptLine, receiptOf } from "../../src/receipt/receipt.ts";
import { notMerelyCalls } from "../../src/runstate/commands.ts";
import { runStateDocument } from "../../src/runstate/document.ts";
import { evolve } from "../../src/runstate/evolve.ts";
import { LedgerFold } from "../../src/runstate/ledger-fold.ts";
import { replay } from "../../src/runstate/replay.ts";
import { type CommandState, isDone, type RunState } from "../../src/runstate/state.ts";
import {
  blocked,
  called,
  callRecordOf,
  commanded,
  completed,
  correlationOf,
  decided,
  doubted,
  entriesOf,
  failed,
  keyOf,
  paused,
  resumed,
  started,
  succeeded,
} from "./given.ts";

const step = fc.integer({ min: 1, max: 12 }).map((n) => `step-${n}`);

const result = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom<unknown>("x".repeat(200), { $a: 1 }, '\\"\n'));

/** Calls above all, among them repeated ones, failed ones, and such as claim another call's correlation. */
const happening: fc.Arbitrary<LedgerRecord> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(step, result).map(([id, value]) => called(id, { result: value })) },
  fc
    .tuple(step, fc.integer({ min: 1, max: 3 }), fc.constantFrom("success", "failed"))
    .map(([id, attempt, status]) => called(id, { attempt, status })),
  fc.tuple(step, step).map(([id, other]): EventRecord => ({ ...called(id), correlation_id: correlationOf(other) })),
  fc.tuple(step, step).map(([id, name]): EventRecord => ({ ...called(id), step: name })),
  step.map(
    (id): EventRecord => ({ ...called(id), artifacts: [{ path: id, sha256: `sha256:${"a".repeat(64)}`, size: 1 }] }),
  ),
  step.map((id) => commanded(id, { action: "call" })),
  step.map((id) => failed(id)),
  step.map((id) => succeeded(id)),
  step.map((id) => doubted(id)),
  step.map((id) => decided(id, "skip")),
  step.map((id): EventRecord => ({ ...doubted(id), command: called(id).command })),
  step.map((id) => blocked(id, ["a"])),
  fc.constantFrom(resumed(), paused(), completed(3)),
);

const ledgers = fc.array(happening, { maxLength: 60 }).map((rest) => ledgerOf([started(), ...sendable(rest)]));

/** A command that succeeded is never sent again. */
function sendable(records: LedgerRecord[]): LedgerRecord[] {
  const kept: LedgerRecord[] = [];
  for (const record of records) {
    const state = replay(entriesOf([started(), ...kept]));
    if (record.kind !== "command" || !isDone(state.commands.get(record.idempotency_key))) kept.push(record);
  }
  return kept;
}

interface GivenLedger {
  readonly bytes: Buffer;
  readonly entries: readonly LedgerEntry[];
}

function ledgerOf(happened: readonly LedgerRecord[]): GivenLedger {
  let head = emptyHead;
  const lines = entriesOf(happened).map(({ seq, at, durable, hash: _, ...record }) => {
    const sealed = sealLine(record as LedgerRecord, { seq, at, durable }, head);
    head = sealed.entry;
    return sealed;
  });
  const bytes = Buffer.concat(lines.map((line) => line.bytes));
  const entries = bytes.toString().trimEnd().split("\n");
  return { bytes, entries: entries.map((line) => JSON.parse(line) as LedgerEntry) };
}

/** A disk on which every file has these bytes. */
function diskOf(bytes: Buffer): Disk {
  const read = (target: Uint8Array, position: number) => {
    const part = bytes.subarray(position, position + target.length);
    target.set(part);
    return part.length;
  };
  return { open: () => ({ read, close: () => {} }) as unknown as DiskFile } as unknown as Disk;
}

/** What the fold makes of a ledger whose calls are not parsed; `onCall` hears of each of them. */
function foldOf(
  { bytes }: GivenLedger,
  onCall: (state: RunState, call: ScannedCall, n: number) => void = () => {},
): { state: RunState; parsed: number; reads: () => number } {
  const disk = diskOf(bytes);
  const readBack = new ReadBack(disk, "ledger");
  let [parsed, reads] = [0, 0];
  const entry = (place: EntryPlace) => {
    reads += 1;
    return readBack.entry(place);
  };
  const fold = new LedgerFold({ entry });
  for (const line of scanLedger(disk.open("ledger", "read"), bytes.length, { callLine: new CallLine() })) {
    const folded = line instanceof ScannedCall ? fold.call(line) : undefined;
    if (folded !== undefined) onCall(folded.state, line as ScannedCall, folded.n);
    else {
      parsed += 1;
      fold.entry(line.entry);
    }
  }
  return { state: fold.state as RunState, parsed, reads: () => reads };
}

/** The fold of what is appended. `wholeCalls`: function steps of which not only their line is kept, or its place. */
function appendedFold(
  { bytes }: GivenLedger,
  { as, mostKept }: { as: "entries" | "texts"; mostKept: number },
): { state: RunState; wholeCalls: CommandState[] } {
  const disk = diskOf(bytes);
  const fold = new LedgerFold(new ReadBack(disk, "ledger"), mostKept);
  let previous: Head = emptyHead;
  for (const { entry, ...place } of scanLedger(disk.open("ledger", "read"), bytes.length)) {
    const record = as === "texts" ? callRecordOf(entry) : undefined;
    if (entry.seq === 1) fold.entry(entry);
    else fold.appended(record === undefined ? entry : sealCall(record, entry, previous).appended, place);
    previous = entry;
  }
  const state = fold.state as RunState;
  return { state, wholeCalls: [...notMerelyCalls(state.commands)].filter(({ action }) => action === "call") };
}

function finishedCall(entry: LedgerEntry | undefined): FinishedCall {
  if (entry?.kind !== "event" || entry.command === undefined) throw new Error("it is the entry of a call");
  const { seq, hash, at, message_id: messageId, correlation_id: correlationId, command } = entry;
  return { seq, hash, at, step: command.step, key: command.idempotency_key, messageId, correlationId, entry };
}

/** One entry tells of it: that it succeeded at once, and left nothing. */
function isOnlyCall({ entries }: GivenLedger, step: string): boolean {
  const about = entries.filter((entry) => JSON.stringify(entry).includes(`"${keyOf(step)}"`));
  const named = entries.filter((entry) => JSON.stringify(entry).includes(`"${correlationOf(step)}"`));
  const [only] = about;
  if (about.length !== 1 || named.length > 1 || only?.kind !== "event") return false;
  return only.event === "call.completed" && only.status === "success" && only.attempt === 1 && !only.artifacts;
}

describe("the fold of a ledger whose calls are not parsed", () => {
  it("is the fold of its entries", () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        const { state } = foldOf(ledger);
        expect({ ...state, commands: new Map(state.commands) }).toEqual(replay(ledger.entries));
      }),
    );
  });

  it("knows each command by its key, in the order in which they came", () => {
    fc.assert(
      fc.property(ledgers, fc.array(step), (ledger, asked) => {
        const { commands } = foldOf(ledger).state;
        const expected = replay(ledger.entries).commands;
        for (const id of asked) expect(commands.get(keyOf(id))).toEqual(expected.get(keyOf(id)));
        expect([...commands.keys()]).toEqual([...expected.keys()]);
        expect([...commands.values()]).toEqual([...expected.values()]);
        const each: unknown[] = [];
        commands.forEach((command, key) => void each.push([key, command]));
        expect(each).toEqual([...expected]);
      }),
    );
  });

  it("goes on with entries", () => {
    fc.assert(
      fc.property(ledgers, fc.array(happening, { maxLength: 10 }), ({ entries: before, ...ledger }, more) => {
        const { state } = foldOf({ entries: before, ...ledger });
        const eager = replay(before);
        const behind = more.filter(({ kind }) => kind === "event");
        entriesOf([...before.map(() => started()), ...behind])
          .slice(before.length)
          .forEach((entry) => void [evolve(state, entry), evolve(eager, entry)]);
        expect({ ...state, commands: new Map(state.commands) }).toEqual(eager);
      }),
    );
  });

  it("is the same of what is appended, of whose calls the outlines of the first are kept, and of the others the places", () => {
    const how = fc.record({ as: fc.constantFrom("entries" as const, "texts" as const), mostKept: fc.nat(20) });
    fc.assert(
      fc.property(ledgers, how, (ledger, options) => {
        const { state, wholeCalls } = appendedFold(ledger, options);
        expect({ ...state, commands: new Map(state.commands) }).toEqual(replay(ledger.entries));
        expect(wholeCalls.filter(({ step }) => isOnlyCall(ledger, step))).toEqual([]);
        const view = { steps: [], alive: false, pid: 1 };
        expect(runStateDocument(state, view)).toEqual(runStateDocument(replay(ledger.entries), view));
      }),
    );
  });

  it("is listed up to a number of steps; the others are counted, and none of those that succeeded is read for it", () => {
    const calls = Array.from({ length: 50 }, (_, index) => called(`step-${index}`));
    const ledger = ledgerOf([started(), ...calls, called("step-50", { status: "failed" })]);
    const { state, reads } = foldOf(ledger);
    const before = reads();
    const few = runStateDocument(state, { steps: [], alive: true, pid: 1, mostListed: 20 });
    expect(reads() - before).toBe(20);
    const all = runStateDocument(state, { steps: [], alive: true, pid: 1 });
    expect(all.steps.length).toBe(51);
    expect(few).toEqual({ ...all, steps: all.steps.slice(0, 20) });
    expect(few.progress).toMatchObject({ total: 51, completed: 50, failed: 1 });
  });

  it("parses none of them, however many there are", () => {
    const calls = Array.from({ length: 300 }, (_, index) => called(`step-${index}`, { result: { index } }));
    const { state, parsed } = foldOf(ledgerOf([started(), ...calls, completed(1)]));
    expect(parsed).toBe(2);
    expect(state.commands.get(keyOf("step-299"))?.ended?.payload).toEqual({ result: { index: 299 } });
  });

  it("makes the same receipts of them, to the byte", () => {
    fc.assert(
      fc.property(ledgers, fc.nat(), fc.integer({ min: 1, max: 255 }), (ledger, at, change) => {
        let eager: RunState | undefined;
        const lines = ledger.entries.map((entry) => {
          eager = evolve(eager, entry);
          const end = endedBy(eager, entry);
          return end && receiptLine(receiptOf(eager, end.command, end.ended, []));
        });
        foldOf(ledger, (state, { seq, call }, n) => {
          const expected = Buffer.from(lines[seq - 1] ?? "");
          const receipts = new CallReceipts(state);
          const found = Buffer.concat([Buffer.from("abc"), expected, Buffer.from("{}")]);
          expect(receipts.endOf(viewOf(found), 3, call, n)).toBe(3 + expected.length);
          expect(receipts.line(finishedCall(ledger.entries[seq - 1]), n)).toBe(lines[seq - 1]);
          const place = 3 + (at % expected.length);
          found[place] = (found[place] ?? 0) ^ change;
          expect(receipts.endOf(viewOf(found), 3, call, n)).toBe(-1);
          expect(receipts.endOf(viewOf(expected.subarray(0, at % expected.length)), 0, call, n)).toBe(-1);
        });
      }),
    );
  });
});

describe("an entry that is read again", () => {
  it("is refused if it is not as it was", () => {
    const ledger = ledgerOf([started(), called("a", { result: "the first" }), called("b"), called("c")]);
    const { state } = foldOf(ledger);
    const at = ledger.bytes.indexOf("the first");
    ledger.bytes.write("THE", at);
    expect(() => state.commands.get(keyOf("a"))).toThrow(
      expect.objectContaining({ code: "LEDGER_DAMAGED", message: expect.stringContaining("line 2") }),
    );
    expect(state.commands.get(keyOf("c"))?.ended?.seq).toBe(4);
    expect(state.commands.get(keyOf("b"))?.ended?.seq).toBe(3);
  });
});
