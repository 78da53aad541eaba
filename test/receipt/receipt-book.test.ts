import fs from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LedgerRecord } from "../../src/ledger/entry.ts";
import { receiptSchema } from "../../src/receipt/receipt-schema.ts";
import {
  called,
  commanded,
  completed,
  correlationOf,
  entriesOf,
  failed,
  keyOf,
  logged,
  messageId,
  resumed,
  runId,
  started,
  succeeded,
  taskId,
  told,
} from "../runstate/given.ts";
import { givenReceipts, simulatedStore } from "./given.ts";

const given = givenReceipts();

const artifact = { path: "dist/a.html", sha256: `sha256:${"a".repeat(64)}`, size: 1 };

/** An agent that fails, functions, an agent that succeeds, and more functions. */
const mixture: LedgerRecord[] = [
  started(),
  commanded("build"),
  told("build", "builder.progress"),
  failed("build"),
  called("square", { result: 49 }),
  called("fail", { status: "failed" }),
  commanded("build", { attempt: 2 }),
  called("fail", { attempt: 2 }),
  logged("J"),
  told("build", "builder.progress"),
  succeeded("build", { artifacts: [artifact] }),
  ...Array.from({ length: 5 }, (_, index) => called(`call-${index}`)),
  completed(),
];

describe("a receipt", () => {
  it("says what a finished command produced, and where in the ledger that stands", () => {
    given.store.live(mixture, 1);
    const entry = entriesOf(mixture)[10];
    const receipt = receiptSchema.parse(JSON.parse(given.store.files()["step-5.json"] ?? ""));
    expect(receipt).toEqual({
      ...{ version: 1, run_id: runId, task_id: taskId, step: "build", n: 5, status: "success", attempt: 2 },
      ...{ action: "implement", idempotency_key: keyOf("build"), snapshot_id: "snap-4f53cda18c2b" },
      ...{ command_message_id: messageId(7), correlation_id: correlationOf("build"), artifacts: [artifact] },
      ...{ events: [messageId(10), messageId(11)], seq: 11, entry_hash: entry?.hash, created_at: entry?.at },
    });
  });

  it("is a file with an indent and a final newline for agents and plain commands, a line for functions", () => {
    given.store.live(mixture, 1);
    const { "calls.ndjson": calls = "", ...files } = given.store.files();
    expect(Object.keys(files)).toEqual(["step-1.json", "step-5.json"]);
    for (const text of Object.values(files)) expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
    const lines = calls.split(/(?<=\n)/).map((line) => receiptSchema.parse(JSON.parse(line)));
    expect(lines.map(({ step, n, status }) => [step, n, status])).toEqual([
      ["square", 2, "success"],
      ["fail", 3, "failed"],
      ["fail", 4, "success"],
      ...Array.from({ length: 5 }, (_, index) => [`call-${index}`, 6 + index, "success"]),
    ]);
    expect(lines.every((line) => line.command_message_id === undefined)).toBe(true);
  });

  it("has the artifacts themselves also where the ledger has stored them as an object", () => {
    given.store.stored = [artifact];
    const object = { $object: { sha256: artifact.sha256, size: 20_000, media_type: "application/json" } };
    given.store.live([started(), commanded("build"), succeeded("build", { artifacts: object })], 1);
    expect(JSON.parse(given.store.files()["step-1.json"] ?? "").artifacts).toEqual([artifact]);
  });
});

describe("receipts that are made anew from the ledger", () => {
  it("are the same to the byte, all of them or some", () => {
    given.store.live(mixture, 1);
    const issued = given.store.files();
    const names = Object.keys(issued);
    for (const missing of [names, ...names.map((name) => [name])]) {
      for (const name of missing) fs.rmSync(`${given.store.run.receiptsOf(taskId)}/${name}`);
      given.store.resume(mixture);
      expect(given.store.files(), `without ${missing.join(", ")}`).toEqual(issued);
    }
    fs.rmSync(given.store.run.receipts, { recursive: true });
    given.store.resume(mixture);
    expect(given.store.files()).toEqual(issued);
  });

  it("are not replaced where they are files of their own and there already", () => {
    given.store.live(mixture, 1);
    const names = Object.keys(given.store.files()).filter((name) => name.startsWith("step-"));
    const inodes = () => names.map((name) => fs.statSync(`${given.store.run.receiptsOf(taskId)}/${name}`).ino);
    const before = inodes();
    given.store.resume(mixture);
    expect(inodes()).toEqual(before);
  });

  it("are not touched before the ledger is known to be sound", () => {
    given.store.live(mixture, 1);
    const directory = given.store.run.receiptsOf(taskId);
    fs.rmSync(`${directory}/step-1.json`);
    fs.appendFileSync(`${directory}/calls.ndjson`, "a torn li");
    const before = given.store.files();
    const { book, fold } = given.store.open();
    for (const entry of entriesOf(mixture)) fold(entry);
    book.close();
    expect(given.store.files()).toEqual(before);
  });

  it("have numbers without gaps or repeats over both places, wherever a process dies and the next one goes on", () => {
    const ends = fc.array(fc.constantFrom("call", "command", "retry"), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(ends, fc.nat(), fc.nat(), (kinds, firstCut, secondCut) => {
        const store = simulatedStore();
        const happened = [started(), ...kinds.flatMap((kind, index) => endOf(kind, `step-${index}`))];
        const first = 1 + (firstCut % happened.length);
        store.live(happened.slice(0, first), 1);
        store.live(happened.slice(0, first + (secondCut % (happened.length - first + 1))), first);
        store.resume(happened);
        const numbers = receiptsIn(store.files()).map(({ n }) => n);
        const terminal = happened.filter((record) => record.kind === "event" && record.event !== "run.started");
        expect(numbers.sort((a, b) => a - b)).toEqual(terminal.map((_, index) => index + 1));
      }),
    );
  });

  function endOf(kind: "call" | "command" | "retry", step: string): LedgerRecord[] {
    if (kind === "call") return [called(step)];
    if (kind === "command") return [commanded(step), succeeded(step)];
    return [commanded(step), failed(step), commanded(step, { attempt: 2 }), succeeded(step)];
  }

  function receiptsIn(files: Record<string, string>): { n: number }[] {
    return Object.entries(files).flatMap(([name, text]) =>
      name === "calls.ndjson"
        ? text
            .split("\n")
            .slice(0, -1)
            .map((line) => JSON.parse(line))
        : [JSON.parse(text)],
    );
  }
});

describe("receipts of functions", () => {
  const calls = (count: number) => Array.from({ length: count }, (_, index) => called(`call-${index}`));

  it("are written in groups while the run goes on, and all of them before its end", () => {
    const { book, fold } = given.store.open();
    const [first, ...rest] = entriesOf([started(), ...calls(600)]);
    if (first !== undefined) fold(first);
    book.replayed();
    const written: number[] = [];
    for (const entry of rest) {
      fold(entry);
      book.write();
      written.push(linesOf(given.store.files()));
    }
    expect([...new Set(written)]).toEqual([0, 256, 512]);
    book.settle();
    expect(linesOf(given.store.files())).toBe(600);
    book.close();
  });

  function linesOf(files: Record<string, string>): number {
    return (files["calls.ndjson"] ?? "").split("\n").length - 1;
  }

  const happened = [started(), ...calls(20), resumed()];
  const damages: [string, (bytes: Buffer) => Buffer][] = [
    ["is empty", () => Buffer.alloc(0)],
    ["ends after a line", (bytes) => bytes.subarray(0, startOf(bytes, 7))],
    ["ends in the middle of a line", (bytes) => bytes.subarray(0, startOf(bytes, 7) + 50)],
    ["ends in front of the LF of a line", (bytes) => bytes.subarray(0, startOf(bytes, 7) - 1)],
    ["lacks its last LF", (bytes) => bytes.subarray(0, -1)],
    ["ends in NULs", (bytes) => Buffer.concat([bytes.subarray(0, startOf(bytes, 7)), Buffer.alloc(5000)])],
    ["has NULs in the middle", (bytes) => Buffer.from(bytes).fill(0, startOf(bytes, 7) + 10, startOf(bytes, 9))],
    ["is all NULs", (bytes) => Buffer.alloc(bytes.length)],
    [
      "has lines that the ledger does not have",
      (bytes) => Buffer.concat([bytes, bytes.subarray(0, startOf(bytes, 3))]),
    ],
    ["has a torn line behind the last", (bytes) => Buffer.concat([bytes, bytes.subarray(0, 50)])],
    [
      "has a line twice",
      (bytes) => Buffer.concat([bytes.subarray(0, startOf(bytes, 3)), bytes.subarray(startOf(bytes, 2))]),
    ],
    [
      "lacks a line",
      (bytes) => Buffer.concat([bytes.subarray(0, startOf(bytes, 3)), bytes.subarray(startOf(bytes, 4))]),
    ],
    [
      "has another byte in one line",
      (bytes) => Buffer.from(bytes).fill("?", startOf(bytes, 7) + 20, startOf(bytes, 7) + 21),
    ],
    [
      "has a line of a mebibyte",
      (bytes) => Buffer.concat([bytes.subarray(0, startOf(bytes, 7)), Buffer.alloc(1 << 20, "x"), bytes]),
    ],
  ];

  it.each(damages)("are mended when their file %s", (_, damage) => {
    given.store.live(happened, 1);
    const issued = given.store.files();
    const file = given.store.run.callReceipts(taskId);
    fs.writeFileSync(file, damage(fs.readFileSync(file)));
    expect(given.store.files()).not.toEqual(issued);
    given.store.resume(happened);
    expect(given.store.files()).toEqual(issued);
  });

  it("are mended whatever is behind the part that agrees, and go on there", () => {
    const more = [...happened, ...calls(23).slice(20)];
    const [store, other] = [simulatedStore(), simulatedStore()];
    store.live(happened, 1);
    other.live(more, 1);
    const file = store.run.callReceipts(taskId);
    const whole = store.disk.readFile(file);
    fc.assert(
      fc.property(fc.nat(whole.length), fc.uint8Array({ maxLength: 300 }), (length, garbage) => {
        const damaged = store.disk.open(file, "update");
        damaged.truncate(0);
        damaged.write(Buffer.concat([whole.subarray(0, length), garbage]), 0);
        damaged.close();
        store.live(more, happened.length);
        expect(store.files()).toEqual(other.files());
      }),
    );
  });

  /** Byte offset of a line, counted from 0. */
  function startOf(bytes: Buffer, line: number): number {
    let start = 0;
    for (let count = 0; count < line; count++) start = bytes.indexOf(0x0a, start) + 1;
    return start;
  }
});
