import { beforeAll, describe, expect, it } from "vitest";
import { openLedger } from "../../src/ledger/open.ts";
import type { Call } from "../simulated/faults.ts";
import { SimulatedMachine } from "../simulated/simulated-world.ts";
import { counting, nightly } from "./counts.ts";
import {
  type Expected,
  fault,
  fileBytes,
  openOn,
  type SoundLedger,
  thirtyEntries,
  type WatermarkCase,
  watermarkCases,
  withFile,
} from "./damaged-ledger.ts";
import { errnos } from "./every-fault.ts";
import { ledgerPlace, run } from "./given-ledger.ts";

const counts = counting("the floor", { "damaged ledgers": 200_000, "of them opened": 1_000 });
const timeoutMs = 300_000 * nightly;

let sound: SoundLedger;
let cases: WatermarkCase[];
beforeAll(async () => {
  sound = await thirtyEntries();
  cases = await watermarkCases(sound);
});

const boots = { same: 1, other: 2 };

/** Opens the damaged ledger beside each watermark, and reports what is not as DESIGN §5 says. */
function check(
  name: string,
  damaged: Uint8Array,
  expected: Expected,
  tried: readonly (keyof typeof boots)[],
): string[] {
  return cases.flatMap(({ name: watermark, seq, image }) =>
    tried.flatMap((boot) => {
      const verdict = openOn(withFile(image, run.ledger, damaged), boots[boot]);
      counts["damaged ledgers"] += 1;
      if (verdict.kind === "opened") counts["of them opened"] += 1;
      const problem = fault(sound, damaged, expected, seq, verdict);
      return problem === undefined ? [] : [`${name}, ${watermark}, ${boot} boot: ${problem}`];
    }),
  );
}

/** The line (from 1) that the byte at `position` belongs to. */
function lineAt(position: number): number {
  return sound.ends.findIndex((end) => position < end) + 1;
}

/** The largest `durable` of the entries from `seq` on. */
function namedFrom(seq: number): number {
  return Math.max(0, ...sound.entries.slice(seq - 1).map((entry) => entry.durable));
}

describe("a ledger of thirty entries in commits of one to three", () => {
  it("is refused for every flipped bit below the floor, and cut for every one beyond", { timeout: timeoutMs }, () => {
    const problems: string[] = [];
    for (let position = 0; position < sound.bytes.length; position++) {
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Uint8Array.from(sound.bytes);
        damaged[position] = (damaged[position] ?? 0) ^ (1 << bit);
        const brokenLine = lineAt(position);
        // Without its line feed, a line swallows the one behind it.
        const isLineFeed = sound.bytes[position] === 0x0a;
        const expected = { brokenLine, namedDurable: namedFrom(brokenLine + (isLineFeed ? 2 : 1)) };
        const tried = nightly > 1 ? (["same", "other"] as const) : ([(position + bit) % 2 ? "same" : "other"] as const);
        problems.push(...check(`byte ${position}, bit ${bit}`, damaged, expected, tried));
      }
    }
    expect(problems).toEqual([]);
  });

  it("is refused for every length below the floor, and cut to whole entries for every one beyond", {
    timeout: timeoutMs,
  }, () => {
    const problems: string[] = [];
    for (let length = 0; length < sound.bytes.length; length++) {
      const expected = { brokenLine: lineAt(length), namedDurable: 0 };
      problems.push(...check(`length ${length}`, sound.bytes.subarray(0, length), expected, ["same", "other"]));
    }
    expect(problems).toEqual([]);
  });

  it("is refused for NULs from every byte below the floor on, and cut for those beyond", { timeout: timeoutMs }, () => {
    const problems: string[] = [];
    for (let position = 0; position < sound.bytes.length; position++) {
      const damaged = Uint8Array.from(sound.bytes).fill(0, position);
      const expected = { brokenLine: lineAt(position), namedDurable: 0 };
      problems.push(...check(`NUL from ${position}`, damaged, expected, ["same"]));
    }
    expect(problems).toEqual([]);
  });

  it("is refused when lines below the floor are deleted, doubled or swapped", { timeout: timeoutMs }, () => {
    const all = sound.entries.map((_, index) => index + 1);
    const orders = all.flatMap((first) => [
      { name: `line ${first} deleted`, order: all.filter((line) => line !== first) },
      { name: `line ${first} doubled`, order: all.flatMap((line) => (line === first ? [line, line] : [line])) },
      ...all.slice(first).map((second) => ({
        name: `lines ${first} and ${second} swapped`,
        order: all.with(first - 1, second).with(second - 1, first),
      })),
    ]);
    const problems = orders.flatMap(({ name, order }) => {
      const damaged = Buffer.concat(
        order.map((line) => sound.bytes.subarray(sound.ends[line - 2] ?? 0, sound.ends[line - 1])),
      );
      return check(name, damaged, expectedOfOrder(order), ["same", "other"]);
    });
    expect(problems).toEqual([]);
  });

  /** Of whole lines in another order, those count as evidence that stand behind the one they followed. */
  function expectedOfOrder(order: readonly number[]): Expected {
    const wrong = order.findIndex((line, index) => line !== index + 1);
    const first = wrong < 0 ? order.length : wrong;
    const follow = order.filter((line, index) => index > first && line === (order[index - 1] ?? 0) + 1);
    return {
      brokenLine: first + 1,
      namedDurable: Math.max(0, ...follow.map((line) => sound.entries[line - 1]?.durable ?? 0)),
    };
  }

  it("is refused, and left as it is, where the watermark cannot be read", () => {
    const half = withFile(sound.image, run.ledger, sound.bytes.subarray(0, sound.ends[14]));
    for (const errno of errnos) {
      const machine = new SimulatedMachine(half, 2);
      const before = ({ name }: Call) => (name === "readFile" ? ({ errno, effect: "lost" } as const) : undefined);
      const { world } = machine.start(2, { before });
      const opening = () =>
        openLedger(
          ledgerPlace(world),
          () => {},
          () => {},
        );
      const code = errno === "EACCES" ? "PERMISSION" : "READ_FAILED";
      expect(opening, errno).toThrow(expect.objectContaining({ code }));
      expect(fileBytes(machine.image, run.watermark)).toEqual(fileBytes(sound.image, run.watermark));
      expect(fileBytes(machine.image, run.ledger).length).toBe(sound.ends[14]);
    }
  });

  it("is opened whole beside a watermark with one bit flipped, and refused where neither slot is whole", {
    timeout: timeoutMs,
  }, () => {
    const watermark = fileBytes(sound.image, run.watermark);
    const problems: string[] = [];
    for (let bit = 0; bit < watermark.length * 8; bit++) {
      const damaged = Uint8Array.from(watermark);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const verdict = openOn(withFile(sound.image, run.watermark, damaged), 1 + (bit % 2));
      counts["damaged ledgers"] += 1;
      if (verdict.kind === "refused" || verdict.entries.length !== 30) problems.push(`bit ${bit}`);
    }
    for (let length = 0; length < watermark.length; length++) {
      const verdict = openOn(withFile(sound.image, run.watermark, watermark.subarray(0, length)), 1);
      counts["damaged ledgers"] += 1;
      if ((verdict.kind === "opened") !== length >= 512) problems.push(`length ${length}`);
    }
    expect(problems).toEqual([]);
  });
});
